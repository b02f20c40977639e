import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeConfig } from '../config/edit.ts';
import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { checkName } from '../credentials/credentials.ts';
import { presetNames } from '../decide/presets.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { examine } from '../runtime/doctor/doctor.ts';
import { thisMachine } from '../runtime/setup-bench.ts';
import { tryModels } from '../runtime/try-devices.ts';
import { askNewPassword, passwordOption } from './ask-password.ts';
import { type Asker, confirmedBy, personAsker, takesProposals } from './asker.ts';
import { audit } from './audit.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { withCredentials } from './credentials-named.ts';
import { printFinding } from './findings.ts';
import { printJson, printLine, printNote } from './output.ts';
import { native } from './setup-native.ts';
import { SetupSession } from './setup-session.ts';
import { setUpCamera, setUpLamps, setUpMicrophone, setUpPreset, setUpTimeZone } from './setup-steps.ts';

export const command: Command = {
  name: 'setup',
  summary: 'walk through camera, microphone, lamps, preset, time zone and page, and test the whole',
  options: {
    config: {
      value: 'FILE',
      help: 'the configuration to write; by default the one that is read, or ./vigil.toml',
    },
    state: { value: 'DIR', help: 'where the device keeps its state' },
    camera: { value: 'SRC', help: 'not asked: auto, a device, an address, a file' },
    microphone: { value: 'SRC', help: 'not asked: auto, none, CARD=…, a file' },
    green: {
      value: 'PIN',
      help: 'not asked and not blinked: the green lamp’s pin of the header, or LABEL:OFFSET',
    },
    red: { value: 'PIN', help: 'the same of the red lamp' },
    preset: { value: 'NAME', help: `not asked: what the device is for: ${presetNames.join(', ')}` },
    'time-zone': { value: 'ZONE', help: 'not asked: as Europe/Berlin' },
    user: { value: 'NAME', help: 'not asked: who may do everything on the page' },
    'password-stdin': passwordOption,
    yes: { help: 'ask nothing: what is not given stays as it is, or is the best that is here' },
    json: { help: 'one JSON object a line: {file, set}, then the findings of the self-test' },
  },
  notes: [
    'Each device is tried as it is chosen, each lamp blinks for you to see. The file is written when all is answered,',
    'whole or not at all, and keeps what else stands in it; Ctrl-C leaves it as it was. Answers may come from a pipe, a',
    'line each. Exit 1 when the self-test finds something in the way.',
  ].join('\n'),
  parts: [native],

  async run(invocation) {
    const { options, signal } = invocation;
    const given = typeof options.config === 'string' ? resolve(options.config) : undefined;
    const file = given ?? (await readConfig()).file ?? resolve('vigil.toml');
    const text = await textOf(file);
    if (options.yes === true) return await setUp(invocation, file, text, takesProposals, false);
    using person = personAsker(signal);
    return await setUp(invocation, file, text, person, process.stdin.isTTY === true);
  },
};

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

async function setUp(
  invocation: Invocation,
  file: string,
  text: string,
  asker: Asker,
  terminal: boolean,
): Promise<ExitCode> {
  const { options, signal } = invocation;
  const session = new SetupSession({ asker, signal, given: options, file, text });
  printNote(`setting up ${file}${text === '' ? ' (new)' : ''}`);
  await setUpCamera(session, thisMachine);
  await setUpMicrophone(session, thisMachine);
  await setUpLamps(session, thisMachine);
  await setUpPreset(session);
  await setUpTimeZone(session);

  const changes = session.changes();
  if (changes.size > 0) {
    for (const [key, value] of changes) printNote(`  ${key} = ${JSON.stringify(value)}`);
    if (asker.present && !(await confirmedBy(asker, `Write this to ${file}?`, true))) {
      throw new UsageError('nothing was written');
    }
    const edited = session.edited();
    signal.throwIfAborted();
    await writeConfig(file, edited);
  }
  await setUpPage(invocation, asker, terminal);
  if (options.json === true) printJson({ file, set: Object.fromEntries(changes) });
  else printLine(changes.size === 0 ? `${file} is as it was` : `${file} is written`);
  return await selfTest(file, session.read.config, invocation);
}

/** Somebody who may sign in on the page, where nobody can yet. */
async function setUpPage(invocation: Invocation, asker: Asker, terminal: boolean): Promise<void> {
  const { options, signal } = invocation;
  await withCredentials(invocation, async (credentials) => {
    const users = credentials.users();
    const given = typeof options.user === 'string' ? options.user : undefined;
    if (given === undefined && users.length > 0) return;
    const question = 'Who may sign in on the page and do everything there? A name, or nothing for nobody:';
    const name = given ?? (await asker.ask(question, ''));
    if (name === '' || users.some((user) => user.name === name)) return;
    checkName(name, 'user');
    const typed = asker.present && !terminal && options['password-stdin'] !== true;
    const password = typed
      ? await asker.ask('Password:', '')
      : await askNewPassword(options['password-stdin'] === true, signal);
    await credentials.addUser({ name, role: 'admin', password });
    audit(
      stateDirectory(typeof options.state === 'string' ? options.state : undefined),
      `added the user ${name} as admin`,
      null,
    );
    printNote(`${name} may sign in on the page`);
  });
}

/** The doctor's look at everything, and the models' answers. */
async function selfTest(
  file: string,
  config: VigilConfig,
  { options, signal }: Invocation,
): Promise<ExitCode> {
  const state = typeof options.state === 'string' ? options.state : undefined;
  const json = options.json === true;
  let faults = 0;
  let warnings = 0;
  const configFile = (await textOf(file)) === '' ? undefined : file;
  for await (const finding of examine({ configFile, stateDirectory: state, signal })) {
    if (finding.state === 'fault') faults++;
    if (finding.state === 'warning') warnings++;
    if (json || finding.state !== 'ok') printFinding(finding, json);
  }
  try {
    await tryModels(config, stateDirectory(state ?? config.state.directory), signal);
    if (!json) printLine('the models give the answers that are known beforehand');
  } catch (error) {
    signal.throwIfAborted();
    faults++;
    const value = error instanceof Error ? error.message : String(error);
    printFinding(
      { id: 'self-test', state: 'fault', label: 'models', value, next: 'vigil models verify' },
      json,
    );
  }
  if (!json) {
    printLine(`self-test: ${faults} in the way, ${warnings} to look at`);
    printLine('vigil run starts the device, vigil service install has it start with the machine.');
  }
  return faults === 0 ? 0 : 1;
}
