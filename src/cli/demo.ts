import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config/read.ts';
import { namesAnswer } from '../page/answers/names.ts';
import { portraitAnswer } from '../page/answers/portrait.ts';
import { sceneAnswers } from '../page/answers/scene.ts';
import { playDemo } from '../runtime/demo-play.ts';
import { portraitJpeg } from '../runtime/portraits.ts';
import { writeScenario, writeStep } from '../scenario/write.ts';
import type { Command } from './command.ts';
import { Narrator, paintFor } from './narrate.ts';
import { openPage, pageFlags, pageOptionSpecs } from './open-page.ts';
import { printLine } from './output.ts';

const paint = paintFor(process.stdout);

export const command: Command = {
  name: 'demo',
  summary: 'the whole device on a built-in scene, in simulation',
  options: {
    once: { help: 'one pass as fast as the machine can; exit code 1 when it does not come out as expected' },
    ...pageOptionSpecs,
  },
  notes: [
    'Enrolled people and strangers walk up to a simulated camera in good, dim and no light, and speak. The models are',
    'the real ones and get rendered frames and mixed sound; camera, microphone and lamps are simulated. Without --once',
    'it goes on in real time until Ctrl-C, and a page in the browser shows the machines at work. Nothing is stored.',
    'In the page’s view Scene you take the scene over: bring people in, break parts, save what you did as a scenario.',
  ].join('\n'),

  async run({ options, signal }) {
    const { config } = parseConfig('', undefined, pageFlags(options));
    const once = options.once === true;
    // Models that were added on this device have no part in the demo, and nothing of it is kept.
    const stateDirectory = await mkdtemp(join(tmpdir(), 'vigil-demo-'));
    try {
      // One pass in simulated time is over before anybody has looked.
      await using page = once
        ? undefined
        : await openPage(config.page, {
            ...{ stateDirectory: null, journalDirectory: stateDirectory, api: null, folders: null },
            ...{ traceFile: null, view: options.view === true },
          });
      let outcome: Awaited<ReturnType<typeof playDemo>>;
      do {
        outcome = await playDemo({
          config,
          stateDirectory,
          realTime: !once,
          journaled: page !== undefined,
          signal,
          onStart: ({ trace, names, portraits, hand, io, ring, camera }) => {
            page?.show({
              trace,
              facts: { device: 'demo', simulated: [], scene: true },
              senses: { onlookers: io.onlookers, ring, mirrored: camera.live },
              answers: {
                ...namesAnswer((subjectId) => names.get(subjectId)),
                ...sceneAnswers(hand, { writeStep, writeScenario }),
                ...portraitAnswer(async (subjectId) => {
                  const portrait = portraits.get(subjectId);
                  return portrait === undefined ? null : await portraitJpeg(portrait);
                }),
              },
            });
            const narrator = new Narrator(paint, (subjectId) => names.get(subjectId) ?? subjectId);
            printLine(`${names.size} people are enrolled: ${[...names.values()].join(', ')}.`);
            trace.observe((record) => {
              const line = narrator.line(record);
              if (line !== undefined) printLine(line);
            });
          },
        });
        printOutcome(outcome);
      } while (!once && !signal.aborted);
      return outcome.asExpected ? 0 : 1;
    } finally {
      await rm(stateDirectory, { recursive: true, force: true });
    }
  },
};

function printOutcome({ rows, lamp, asExpected }: Awaited<ReturnType<typeof playDemo>>): void {
  printLine();
  for (const { visitor, expected, decided, figure, right } of rows) {
    const mark = right ? paint.green('as expected') : paint.red(`EXPECTED ${expected}`);
    printLine(`  ${visitor.padEnd(44)} ${decided.padEnd(24)} ${mark}  ${figure}`.trimEnd());
  }
  printLine(
    `  ${'green lamp'.padEnd(44)} ${lamp.decided.padEnd(24)} ${lamp.right ? paint.green('as expected') : paint.red(`EXPECTED ${lamp.expected}`)}`,
  );
  printLine(asExpected ? 'The demo came out as expected.' : 'The demo did NOT come out as expected.');
}
