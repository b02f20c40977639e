import { printConfig } from '../config/print.ts';
import type { ConfigFlag } from '../config/read.ts';
import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { nothingCalibrated } from '../decide/calibration.ts';
import { HouseFeed } from '../house/feed.ts';
import { House } from '../house/house.ts';
import { Meter } from '../house/metrics/meter.ts';
import { liveAnswers } from '../page/answers/live.ts';
import { sceneAnswers } from '../page/answers/scene.ts';
import type { ImportProgress, ImportReport } from '../people/import.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { accessNotes } from '../runtime/access-settings.ts';
import { buildId } from '../runtime/build-id.ts';
import { DeviceLives } from '../runtime/device-lives.ts';
import { type LiveDevice, simulatedNames } from '../runtime/live-device.ts';
import { peopleFolders } from '../runtime/people-folders.ts';
import { lastEndWords, ProcessLife } from '../runtime/process-life.ts';
import { startUpkeep } from '../runtime/start-upkeep.ts';
import { writeScenario, writeStep } from '../scenario/write.ts';
import type { Command } from './command.ts';
import { finishInterruptedIn, upkeepNotes } from './erasing.ts';
import { inspectStately } from './inspect-stately.ts';
import { Narrator, paintFor } from './narrate.ts';
import { openPage, pageFlags, pageOptionSpecs } from './open-page.ts';
import { printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { reembeddingNotes } from './reembedding-notes.ts';
import { interfacePort, serveDevice } from './run-interface.ts';

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
      help: 'auto, /dev/video0, csi:0, gstreamer:…, rtsp://…, http://…, a video, a picture or a folder of pictures',
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
    'inspect-stately': {
      help: 'tell programs on this machine what the machines do, in the format of the Stately Inspector',
    },
    'inspect-port': { value: 'N', help: 'tell it on this port of 127.0.0.1; 8080 unless said' },
    'interface-port': {
      value: 'N',
      help: 'serve the device’s own interface on this port of 127.0.0.1; 0: any that is free',
    },
    'allow-test-doors': {
      help: 'let whoever has its token put people and faults before the device: for vigil scenario run --target',
    },
    'print-config': { help: 'print the configuration with the origin of each value, and end' },
  },
  notes: [
    'Runs until Ctrl-C or SIGTERM; then the lamp is off and everything is closed. A video or folder ends by itself.',
    '--interface-port serves status and trace. Its token is made at each start, in a file of the state directory.',
    '--allow-test-doors serves it, too, on any free port unless --interface-port says which.',
    'Afterwards, and during the run after SIGUSR1: vigil why.',
  ].join('\n'),

  async run({ options, signal }) {
    const given = Object.entries(flagKeys).flatMap(([option, key]): ConfigFlag[] => {
      const value = options[option];
      return typeof value === 'string' ? [{ key, value, flag: `--${option}` }] : [];
    });
    const flags = [...given, ...pageFlags(options)];
    const file = typeof options.config === 'string' ? options.config : undefined;
    const read = await readConfig({ file, flags });
    if (options['print-config'] === true) {
      printLine(printConfig(read));
      return 0;
    }
    const { config } = read;
    const port = interfacePort(options);
    const directory = stateDirectory(config.state.directory);
    const simulate = options.sim === true;
    await using life = await ProcessLife.begin(directory, signal);
    await finishInterruptedIn(directory);
    await using _upkeep = startUpkeep(config, directory, upkeepNotes);
    const { service, lastEnd } = life;
    const ended = lastEndWords[lastEnd];
    if (ended !== undefined) printNote(ended);
    const { version } = buildId();
    await using page = await openPage(config.page, {
      stateDirectory: directory,
      journalDirectory: config.journal.enabled ? directory : null,
      view: options.view === true,
      api: config.api.enabled
        ? {
            stateDirectory: directory,
            keepsJournal: config.journal.enabled,
            version,
            config,
            folders: peopleFolders(config.people),
          }
        : null,
      folders: peopleFolders(config.people),
      traceFile: config.trace.file ?? null,
    });
    await using house = House.open({
      mqtt: config.mqtt,
      webhook: config.webhook,
      stateDirectory: directory,
      version,
      onNote: printNote,
    });
    await using inspected = inspectStately(options);
    const meter = new Meter(version);
    using feed = new HouseFeed();
    feed.listen((events) => meter.hear(events));
    if (house !== undefined) feed.listen((events) => house.tell(events));
    if (page === undefined && config.api.enabled)
      printNote('no API: it is served with the page, and there is none');
    if (page !== undefined && config.api.enabled) feed.listen((events) => page.tellHouse(events));
    const lives: DeviceLives = new DeviceLives({
      config,
      stateDirectory: directory,
      simulate,
      signal,
      importing: (what) => importCallbacks(what, () => lives.device),
      reembedding: reembeddingNotes((subjectId) =>
        lives.device === undefined ? subjectId : shownName(lives.device, subjectId),
      ),
      onDevice: (device) => {
        introduce(device, read.file, config);
        device.trace.note('last-end', { cause: lastEnd });
        narrate(device);
        inspected?.show(device.trace);
        page?.show({
          trace: device.trace,
          facts: {
            device: 'run',
            simulated: simulatedNames(device.simulated),
            scene: device.hand !== null,
          },
          senses: device.senses,
          answers: {
            ...liveAnswers(device, config),
            ...(device.hand === null ? {} : sceneAnswers(device.hand, { writeStep, writeScenario })),
            metrics: () => ({ families: meter.read((house?.dropped ?? 0) + (page?.droppedEvents ?? 0)) }),
          },
        });
        // What a test plays is none of the house's business.
        if (device.store !== null && (house !== undefined || config.api.enabled)) {
          meter.show(device);
          feed.show(device);
        }
      },
      onNote: printNote,
      service,
    });
    const testDoors =
      options['allow-test-doors'] === true
        ? {
            configure: async (values: ConfigValues) =>
              (await readConfig({ file, flags: [...flags, ...flagsOf(values)] })).config,
          }
        : null;
    await using _ =
      port === undefined
        ? undefined
        : await serveDevice({ lives, read, stateDirectory: directory, simulate, testDoors }, port);
    return await lives.run();
  },
};

type ConfigValues = Readonly<Record<string, ConfigFlag['value']>>;

/** Keys that a test sets. */
function flagsOf(values: ConfigValues): ConfigFlag[] {
  return Object.entries(values).map(([key, value]) => ({ key, value, flag: key }));
}

/** Says what a device does, for as long as it lives. */
function narrate(device: LiveDevice): void {
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
}

/** What is said of an import while it runs and when it is over. */
function importCallbacks(what: 'pictures' | 'recordings', device: () => LiveDevice | undefined) {
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
      const living = device();
      if (living === undefined) return;
      if (what === 'pictures') sayPictures(report, living);
      else sayRecordings(report, living);
    },
    onError: (error: unknown) => {
      end();
      printNote(`importing ${what} of people stopped: ${error instanceof Error ? error.message : error}`);
    },
  };
}

function introduce(device: LiveDevice, configFile: string | undefined, config: VigilConfig): void {
  printNote(`configuration: ${configFile ?? 'the defaults (no vigil.toml)'}`);
  for (const note of accessNotes(config, nothingCalibrated.evidence)) printNote(`access: ${note}`);
  const { board, lamps, outputs, inputs } = device.wiring;
  if (board !== undefined) printNote(`board: ${board.name}`);
  for (const { name, place } of lamps.values()) printNote(`${name} lamp: ${place}`);
  for (const { name, place } of outputs.values()) printNote(`${name}: ${place}`);
  for (const { name, place } of inputs.values()) printNote(`${name}: ${place}`);
  if (lamps.size + outputs.size > 0 && board?.note !== undefined) printNote(`${board.name}: ${board.note}`);
  if (device.microphoneName === null) printNote('no microphone: the device only sees');
  const names = simulatedNames(device.simulated);
  if (names.length > 0) printNote(`simulated: ${names.join(', ')}`);
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
