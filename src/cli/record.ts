import { resolve } from 'node:path';
import { record } from '../runtime/recording.ts';
import { type Command, MissingError, UsageError } from './command.ts';
import { confirmed } from './confirm.ts';
import { openPeople } from './import-notes.ts';
import { LevelMeter } from './level-meter.ts';
import { printJson, printLine, printNote } from './output.ts';
import { readSettings, timeOption } from './settings.ts';
import { plural } from './words.ts';

const agreement =
  'Everybody who will be seen or heard has agreed to be recorded, and knows what the recording is for. Pictures and ' +
  'sound are kept as files until somebody deletes them.';

export const command: Command = {
  name: 'record',
  summary: 'pictures and sound side by side, to make a dataset',
  options: {
    seconds: { value: 'N', help: 'how long; needed' },
    output: { value: 'DIR', help: 'where a new folder is made for the recording; needed' },
    camera: { value: 'SRC', help: 'as for vigil run; `none`: no pictures' },
    microphone: { value: 'SRC', help: 'as for vigil run; `none`: no sound' },
    config: { value: 'FILE', help: 'the configuration' },
    person: {
      value: 'NAME',
      multiple: true,
      help: 'who will be seen or heard; again for each: vigil people forget deletes the recording with them',
    },
    state: { value: 'DIR', help: 'where people are stored' },
    consent: { help: 'everybody has agreed; without it the question is asked on the terminal' },
    json: { help: 'one JSON object' },
  },
  notes: [
    'Makes DIR/DATE-TIME with sound.wav (as the microphone gives it, 16 bit), pictures/ (two JPEGs a second, named by',
    'their milliseconds since the start) and recording.json, which says when each began. Nothing is ever overwritten.',
    'Who is in it is remembered by --person alone: without it vigil people forget can only name the recording.',
    'A camera or microphone that is not there is said and left out, unless it is named; Ctrl-C ends the recording early',
    'and leaves it whole.',
    'Exit 0 also when a device failed on its way and something was recorded, 3 when nothing was.',
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const { output } = options;
    const limitMs = timeOption(invocation, 'seconds');
    if (limitMs === undefined) throw new UsageError('How long? Give --seconds N.');
    if (typeof output !== 'string') throw new UsageError('Where to? Give --output DIR.');
    const { config, stateDirectory } = await readSettings(invocation, {
      camera: 'camera.source',
      microphone: 'microphone.source',
    });
    if (options.consent !== true) {
      printNote(agreement);
      const unattended = 'Nobody is there to ask: give --consent when everybody has agreed to this.';
      if (!(await confirmed('Is that so?', unattended, signal))) {
        printNote('Nothing was recorded.');
        return 1;
      }
    }

    using store = openPeople({ stateDirectory });
    const people = Array.isArray(options.person) ? options.person : [];
    const subjectIds = people.map((name) => store.add(String(name)).subjectId);
    const meter = new LevelMeter();
    const leftS = (atMs: number) => `${Math.max(0, (limitMs - atMs) / 1000).toFixed(0)} s left`;
    const recorded = await record(
      {
        ...{ config, output, limitMs },
        onFolder: (folder) => store.noteMadeFile('recording', resolve(folder), subjectIds),
        onNote(text) {
          meter.clear();
          printNote(text);
        },
        onMeter: (reading) => meter.show(reading, leftS(reading.atMs)),
      },
      signal,
    ).finally(() => meter.clear());

    const { folder, camera, microphone, lengthS } = recorded;
    const nothing = (camera?.pictures ?? 0) === 0 && (microphone?.durationS ?? 0) === 0;
    if (nothing)
      throw new MissingError(`Nothing was recorded: ${recorded.missing.join('; ') || 'it ended at once'}`);
    if (options.json === true) {
      printJson(recorded);
      return 0;
    }
    printLine(`${folder}: ${lengthS.toFixed(1)} s`);
    if (camera !== null) printLine(`  pictures/   ${plural(camera.pictures, 'picture')} of ${camera.name}`);
    if (microphone !== null) {
      const { durationS, speechS, sampleRateHz, channels, overruns } = microphone;
      printLine(
        `  sound.wav   ${durationS.toFixed(1)} s, ${speechS.toFixed(1)} s of it speech, ` +
          `${sampleRateHz} Hz, ${plural(channels, 'channel')}`,
      );
      if (overruns > 0) printNote(`sound was lost ${overruns} times: this machine is too slow or too busy`);
    }
    printNote(
      'To learn from it: copy one person’s sound into audios/train as NAME1.wav and pictures into dataset/NAME/, ' +
        'or enrol them: vigil voices enrol NAME --input FILE, vigil faces enrol NAME --input DIR',
    );
    return 0;
  },
};
