import type { Sound } from '../../hal/contract/sound.ts';
import { type Command, UsageError } from './command.ts';
import { timeOption } from './settings.ts';
import { answerColumns, answerRow, openNaming, readExpectation, Tally } from './voices-answers.ts';
import { hearInput, recordingNotes, type VoiceCommand } from './voices-hear.ts';
import { inputOptions, peopleOptions, secondsOption } from './voices-session.ts';

/** Shorter pieces say nothing about a voice. */
const leastPieceMs = 1_000;

export const identify: Command = {
  name: 'identify',
  summary: 'whose voice it is, with the scores of the nearest two people',
  options: {
    ...inputOptions,
    ...peopleOptions,
    ...secondsOption,
    every: { value: 'N', help: 'besides the whole recording also each piece of N seconds' },
  },
  notes: [
    'One line a recording, over all the speech in it: `known`, `unknown`, `unsure` (two people are too near each other),',
    '`no-speech`, `too-short` or `too-loud`. Scores are cosines of unit vectors; in the mode seven-second they are the',
    'trained network’s shares, the mean over pieces of seven seconds, and strangers often get a name.',
    '--expect NAME is met when each recording is known as NAME, --expect unknown when each is unknown. A recording that',
    'cannot be read meets nothing. After several recordings a summary follows on standard error.',
    recordingNotes,
  ].join('\n'),
  run: (invocation) => hearInput(identifying, invocation),
};

const identifying: VoiceCommand = {
  columns: answerColumns,
  async view(session, task, invocation) {
    const everyMs = timeOption(invocation, 'every');
    if (everyMs !== undefined && everyMs < leastPieceMs) {
      throw new UsageError(`--every must be at least ${leastPieceMs / 1000} second`);
    }
    const naming = await openNaming(session, task, 'all', invocation.signal);
    const expected = readExpectation(invocation, naming);
    const tally = new Tally();
    let met = 0;
    return {
      async hear({ input, sound }, signal) {
        const rows = [];
        for (const [index, stretch] of stretches(sound, everyMs).entries()) {
          naming.namer.startAnew();
          const answer = await naming.namer.name(stretch, signal);
          const { startMs } = stretch;
          const named = answerRow({ input, startMs, endMs: startMs + lengthMs(stretch), answer }, naming);
          rows.push(index === 0 ? named : { ...named, json: { ...named.json, piece: index - 1 } });
          if (index > 0) continue;
          tally.count(answer, naming);
          if (expected?.(answer) === true) met++;
        }
        return rows;
      },
      ...(expected === undefined ? {} : { met: () => met }),
      summary: () => `${tally}`,
    };
  },
};

/** The whole sound, and after it its pieces. */
function stretches(sound: Sound, everyMs: number | undefined): Sound[] {
  if (everyMs === undefined) return [sound];
  const { samples, sampleRateHz } = sound;
  const length = Math.round((everyMs / 1000) * sampleRateHz);
  const pieces = Array.from({ length: Math.ceil(samples.length / length) }, (_, index) => ({
    sampleRateHz,
    samples: samples.slice(index * length, (index + 1) * length),
    startMs: sound.startMs + ((index * length) / sampleRateHz) * 1000,
  }));
  return [sound, ...pieces];
}

function lengthMs({ samples, sampleRateHz }: Sound): number {
  return (samples.length / sampleRateHz) * 1000;
}
