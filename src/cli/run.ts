import { printConfig } from '../config/print.ts';
import type { ConfigFlag } from '../config/read.ts';
import { readConfig } from '../config/read.ts';
import type { ImportProgress, ImportReport } from '../people/import.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { buildLiveDevice, type LiveDevice } from '../runtime/live-device.ts';
import { runDevice } from '../runtime/run-device.ts';
import type { Command } from './command.ts';
import { Narrator, paintFor } from './narrate.ts';
import { openPage, pageFlags, pageOptionSpecs } from './open-page.ts';
import { printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';

/** Options that set a key of the configuration for this run. */
const flagKeys = {
  camera: 'camera.source',
  microphone: 'microphone.source',
  dataset: 'people.dataset',
  audios: 'people.audios',
  state: 'state.directory',
  trace: 'trace.file',
} as const;

export const command: Command = {
  name: 'run',
  summary: 'the device: look and listen, recognise, switch the lamp',
  options: {
    config: { value: 'FILE', help: 'configuration in place of vigil.toml' },
    sim: { help: 'simulate what is not there: without a camera or microphone the built-in scene plays' },
    camera: {
      value: 'SRC',
      help: 'auto, /dev/video0, rtsp://…, http://…, a video, a picture or a folder of pictures',
    },
    microphone: { value: 'SRC', help: 'auto, none, CARD=…, hw:…, or a sound file' },
    dataset: { value: 'DIR', help: 'pictures named after people, imported now and when they change' },
    audios: { value: 'DIR', help: 'recordings named after people in its train folder, imported likewise' },
    state: { value: 'DIR', help: 'where people are stored' },
    trace: {
      value: 'FILE',
      help: 'write everything that happens to FILE, one JSON record a line, for vigil replay; never frames or sound',
    },
    ...pageOptionSpecs,
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
    const read = await readConfig({ file, flags: [...flags, ...pageFlags(options)] });
    if (options['print-config'] === true) {
      printLine(printConfig(read));
      return 0;
    }
    const { config } = read;
    await using device = await buildLiveDevice({
      config,
      stateDirectory: stateDirectory(config.state.directory),
      simulate: options.sim === true,
      signal,
      importing: (what) => importCallbacks(what, () => device),
    });
    introduce(device, read.file);
    const narrator = new Narrator(paintFor(process.stderr), (subjectId) => shownName(device, subjectId));
    const said = new Map<string, string>();
    const sayOpened = (what: string, name: string) => {
      if (said.get(what) !== name) printNote(`${what} ${name}`);
      said.set(what, name);
    };
    device.trace.observe((record) => {
      if (record.kind === 'hal.in' && record.op === 'opened') {
        if (record.device === 'camera') sayOpened('looking through', device.cameraName());
        if (record.device === 'microphone') sayOpened('listening through', device.microphoneName?.() ?? '');
      }
      const line = narrator.line(record);
      if (line !== undefined) printNote(line);
    });
    await using page = await openPage(config.page, false);
    page?.show({
      trace: device.trace,
      facts: { device: 'run', simulated: device.simulated },
      nameOf: device.nameOf,
    });
    return await runDevice(device, {
      config,
      stateDirectory: stateDirectory(config.state.directory),
      signal,
      onNote: printNote,
    });
  },
};

/** What is said of an import while it runs and when it is over. */
function importCallbacks(what: 'pictures' | 'recordings', device: () => LiveDevice) {
  let progress: Progress | undefined;
  const end = () => {
    progress?.end();
    progress = undefined;
  };
  return {
    onProgress: ({ done, total }: ImportProgress) => {
      progress ??= new Progress(`importing ${what} of people`, total);
      progress.update(done);
    },
    onReport: (report: ImportReport) => {
      end();
      if (what === 'pictures') sayPictures(report, device());
      else sayRecordings(report, device());
    },
    onError: (error: unknown) => {
      end();
      printNote(`importing ${what} of people stopped: ${error instanceof Error ? error.message : error}`);
    },
  };
}

function introduce(device: LiveDevice, configFile: string | undefined): void {
  printNote(`configuration: ${configFile ?? 'the defaults (no vigil.toml)'}`);
  const { board, lamps, inputs } = device.wiring;
  if (board !== undefined) printNote(`board: ${board.name}`);
  for (const { name, place } of lamps.values()) printNote(`${name} lamp: ${place}`);
  for (const { name, place } of inputs.values()) printNote(`${name}: ${place}`);
  if (lamps.size > 0 && board?.note !== undefined) printNote(`${board.name}: ${board.note}`);
  if (device.microphoneName === null) printNote('no microphone: the device only sees');
  if (device.simulated.length > 0) printNote(`simulated: ${device.simulated.join(', ')}`);
}

/** Names are for a person at a terminal; a log that is kept gets ids. */
function shownName(device: LiveDevice, subjectId: string): string {
  return process.stderr.isTTY === true ? (device.nameOf(subjectId) ?? subjectId) : subjectId;
}

function sayPictures(report: ImportReport, device: LiveDevice): void {
  sayImported(report, device, 'pictures', ({ distance }) => `distance ${distance.toFixed(3)}`);
  if (device.people() === 0 && report.added.length === 0) {
    printNote('Nobody is enrolled yet: vigil faces enrol NAME, or put a picture NAME.jpg into dataset/.');
  }
}

function sayRecordings(report: ImportReport, device: LiveDevice): void {
  // A squared distance between unit vectors.
  sayImported(report, device, 'recordings', ({ distance }) => `cosine ${(1 - distance / 2).toFixed(3)}`);
  if (device.voices() === 0 && report.added.length === 0) {
    printNote('Nobody’s voice is known yet: vigil voices enrol NAME, or put recordings into audios/train/.');
  }
}

function sayImported(
  { added, refused, confusable }: ImportReport,
  device: LiveDevice,
  what: string,
  figure: (pair: { readonly distance: number }) => string,
): void {
  if (added.length > 0) printNote(`${added.length} new ${what} of people`);
  for (const { path, reason, message } of refused) printNote(`left out ${path}: ${message} (${reason})`);
  for (const { path, warning } of added)
    if (warning !== undefined) printNote(`taken, but ${path}: ${warning}`);
  for (const pair of confusable) {
    const [one, other] = [shownName(device, pair.subjectId), shownName(device, pair.otherSubjectId)];
    printNote(`${one} and ${other} are alike (${figure(pair)}): add more ${what} of both`);
  }
}
