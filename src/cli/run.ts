import { printConfig } from '../config/print.ts';
import type { ConfigFlag } from '../config/read.ts';
import { readConfig } from '../config/read.ts';
import type { ImportReport } from '../people/import.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { buildLiveDevice, type LiveDevice } from '../runtime/live-device.ts';
import { runDevice } from '../runtime/run-device.ts';
import type { Command } from './command.ts';
import { Narrator, paintFor } from './narrate.ts';
import { printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';

/** Options that set a key of the configuration for this run. */
const flagKeys = {
  camera: 'camera.source',
  dataset: 'people.dataset',
  state: 'state.directory',
  trace: 'trace.file',
} as const;

export const command: Command = {
  name: 'run',
  summary: 'the device: look, recognise, switch the lamp',
  options: {
    config: { value: 'FILE', help: 'configuration in place of vigil.toml' },
    sim: { help: 'simulate what is not there: without a camera the built-in scene plays' },
    camera: {
      value: 'SRC',
      help: 'auto, /dev/video0, rtsp://…, http://…, a video, a picture or a folder of pictures',
    },
    dataset: { value: 'DIR', help: 'pictures named after people, imported now and when they change' },
    state: { value: 'DIR', help: 'where people are stored' },
    trace: { value: 'FILE', help: 'write everything that happens to FILE, one JSON record a line' },
    'print-config': { help: 'print the configuration with the origin of each value, and end' },
  },
  notes: [
    'Runs until Ctrl-C or SIGTERM; then the lamp is off and everything is closed. A video or folder ends by itself.',
    'Afterwards, and during the run after SIGUSR1: vigil why.',
  ].join('\n'),

  async run({ options, signal }) {
    const flags = Object.entries(flagKeys).flatMap(([option, key]): ConfigFlag[] => {
      const value = options[option];
      return typeof value === 'string' ? [{ key, value, flag: `--${option}` }] : [];
    });
    const file = typeof options.config === 'string' ? options.config : undefined;
    const read = await readConfig({ file, flags });
    if (options['print-config'] === true) {
      printLine(printConfig(read));
      return 0;
    }
    const { config } = read;
    let importing: Progress | undefined;
    await using device = await buildLiveDevice({
      config,
      stateDirectory: stateDirectory(config.state.directory),
      simulate: options.sim === true,
      signal,
      onImportProgress: ({ done, total }) => {
        importing ??= new Progress('looking at pictures of people', total);
        importing.update(done);
      },
      onImported: (report) => {
        importing?.end();
        importing = undefined;
        sayImported(report, device);
      },
      onImportFailed: (error) => {
        importing?.end();
        printNote(`importing pictures of people stopped: ${error instanceof Error ? error.message : error}`);
      },
    });
    introduce(device, read.file);
    const narrator = new Narrator(paintFor(process.stderr), (subjectId) => shownName(device, subjectId));
    let camera = '';
    device.trace.observe((record) => {
      if (
        record.kind === 'hal.in' &&
        record.device === 'camera' &&
        record.op === 'opened' &&
        device.cameraName() !== camera
      ) {
        camera = device.cameraName();
        printNote(`looking through ${camera}`);
      }
      const line = narrator.line(record);
      if (line !== undefined) printNote(line);
    });
    return await runDevice(device, {
      config,
      stateDirectory: stateDirectory(config.state.directory),
      signal,
      onNote: printNote,
    });
  },
};

function introduce(device: LiveDevice, configFile: string | undefined): void {
  printNote(`configuration: ${configFile ?? 'the defaults (no vigil.toml)'}`);
  if (device.simulated.length > 0) printNote(`simulated: ${device.simulated.join(', ')}`);
}

/** Names are for a person at a terminal; a log that is kept gets ids. */
function shownName(device: LiveDevice, subjectId: string): string {
  return process.stderr.isTTY === true ? (device.nameOf(subjectId) ?? subjectId) : subjectId;
}

function sayImported(report: ImportReport, device: LiveDevice): void {
  const { added, refused, confusable } = report;
  if (added.length > 0) printNote(`${added.length} new pictures of people`);
  for (const { path, reason, message } of refused) printNote(`left out ${path}: ${message} (${reason})`);
  for (const { path, warning } of added)
    if (warning !== undefined) printNote(`taken, but ${path}: ${warning}`);
  for (const { subjectId, otherSubjectId, distance } of confusable) {
    const [one, other] = [shownName(device, subjectId), shownName(device, otherSubjectId)];
    printNote(`${one} and ${other} look alike (distance ${distance.toFixed(3)}): add more pictures of both`);
  }
  if (device.people() === 0 && added.length === 0) {
    printNote('Nobody is enrolled yet: vigil faces enrol NAME, or put a picture NAME.jpg into dataset/.');
  }
}
