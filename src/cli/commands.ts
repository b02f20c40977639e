import type { Command, CommandGroup } from './command.ts';

/** A command as the list of commands knows it: its module is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command | CommandGroup>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'the whole device on a built-in scene, in simulation',
    load: async () => (await import('./demo.ts')).command,
  },
  {
    name: 'run',
    summary: 'the device: look and listen, recognise, switch the lamp',
    load: async () => (await import('./run.ts')).command,
  },
  {
    name: 'setup',
    summary: 'walk through camera, microphone, lamps, preset, time zone and page, and test the whole',
    load: async () => (await import('./setup.ts')).command,
  },
  {
    name: 'faces',
    summary: 'detect, recognise, embed, enrol: pictures, folders, videos, cameras',
    load: async () => (await import('./faces.ts')).command,
  },
  {
    name: 'voices',
    summary: 'listen, identify, embed, enrol: recordings, folders, microphones',
    load: async () => (await import('./voices.ts')).command,
  },
  {
    name: 'people',
    summary:
      'who is known and when they are let in: list, show, edit, disable, history, undo, export, forget',
    load: async () => (await import('./people.ts')).command,
  },
  {
    name: 'backup',
    summary: 'everything that makes this device itself, in one sealed file',
    load: async () => (await import('./backup.ts')).command,
  },
  {
    name: 'restore',
    summary: 'make this device the one that a backup was made of',
    load: async () => (await import('./restore.ts')).command,
  },
  {
    name: 'models',
    summary: 'the networks: list, check their files, add another one',
    load: async () => (await import('./models.ts')).command,
  },
  {
    name: 'record',
    summary: 'pictures and sound side by side, to make a dataset',
    load: async () => (await import('./record.ts')).command,
  },
  {
    name: 'why',
    summary: 'why the lamp is what it is: last evidence, guards that blocked, numbers',
    load: async () => (await import('./why.ts')).command,
  },
  {
    name: 'journal',
    summary: 'what happened, for months: list, show, export, verify',
    load: async () => (await import('./journal.ts')).command,
  },
  {
    name: 'user',
    summary: 'who may sign in on the page: add, list, remove, password',
    load: async () => (await import('./user.ts')).command,
  },
  {
    name: 'token',
    summary: 'keys for programs, with scopes and an end: create, list, revoke',
    load: async () => (await import('./token.ts')).command,
  },
  {
    name: 'pause',
    summary: 'close camera and microphone: nobody is looked at, heard or let in',
    load: async () => (await import('./pause.ts')).pause,
  },
  {
    name: 'resume',
    summary: 'open what vigil pause has closed',
    load: async () => (await import('./pause.ts')).resume,
  },
  {
    name: 'trace',
    summary: 'the record of what happened: show, count, compare',
    load: async () => (await import('./trace.ts')).command,
  },
  {
    name: 'replay',
    summary: 'run a recording again: the same to the byte, or with other limits',
    load: async () => (await import('./replay.ts')).command,
  },
  {
    name: 'scenario',
    summary: 'scripted tests of the whole device: run, list',
    load: async () => (await import('./scenario.ts')).command,
  },
  {
    name: 'machines',
    summary: 'the state machines, as Mermaid, JSON or SVG',
    load: async () => (await import('./machines.ts')).command,
  },
  {
    name: 'lab',
    summary: 'experiments on pictures and speech of your own, each with a report',
    load: async () => (await import('./lab.ts')).command,
  },
  {
    name: 'doctor',
    summary: 'what is here, what is missing, what to do',
    load: async () => (await import('./doctor.ts')).command,
  },
  {
    name: 'service',
    summary: 'start with the board: install, upgrade, rollback, uninstall, status',
    load: async () => (await import('./service.ts')).command,
  },
  {
    name: 'test',
    summary: 'run the tests; the last line counts them',
    load: async () => (await import('./test.ts')).command,
  },
];
