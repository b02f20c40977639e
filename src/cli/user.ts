import { checkName } from '../credentials/credentials.ts';
import { type Role, roleNames, roleSchema, roles } from '../credentials/scopes.ts';
import { askNewPassword, passwordOption } from './ask-password.ts';
import { audit } from './audit.ts';
import { type Command, type CommandGroup, UsageError } from './command.ts';
import { oneArgument, withCredentials } from './credentials-named.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, stateOf, stateOption } from './people-named.ts';
import { Table } from './table.ts';
import { isoTime } from './words.ts';

const seenAtOnce = 'A running device knows of it at once.';

const add: Command = {
  name: 'add',
  summary: 'let somebody sign in on the page; asks for their password',
  positionals: 'NAME',
  options: {
    role: { value: 'ROLE', help: roleNames.join(', '), default: 'viewer' },
    'password-stdin': passwordOption,
    state: stateOption,
  },
  notes: [...roleNames.map((role) => `${role.padEnd(9)} ${roles[role].join(', ')}`), seenAtOnce].join('\n'),
  async run(invocation) {
    const name = oneArgument(invocation, 'vigil user add NAME');
    const role = roleOf(String(invocation.options.role));
    checkName(name, 'user');
    return withCredentials(invocation, async (credentials) => {
      if (credentials.users().some((user) => user.name === name)) {
        throw new UsageError(
          `There is a user ${name} already. Another password: vigil user password ${name}; another role: ` +
            `vigil user remove ${name}, then add them again.`,
        );
      }
      const fromInput = invocation.options['password-stdin'] === true;
      const password = await askNewPassword(fromInput, invocation.signal);
      await credentials.addUser({ name, role, password });
      audit(stateOf(invocation), `added the user ${name} as ${role}`, null);
      printLine(`${name} may sign in on the page, as ${role}.`);
    });
  },
};

const list: Command = {
  name: 'list',
  summary: 'everybody who may sign in',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    return withCredentials(invocation, (credentials) => {
      const users = credentials.users();
      const table = new Table([
        ['NAME', 16],
        ['ROLE', 9],
        ['SINCE', 0],
      ]);
      for (const { name, role, createdAtUtcMs } of users) {
        const since = isoTime(createdAtUtcMs);
        if (invocation.options.json === true) printJson({ name, role, createdAt: since });
        else table.row([name, role, since.slice(0, 10)]);
      }
      if (users.length === 0) printNote('Nobody may sign in yet: vigil user add NAME');
    });
  },
};

const remove: Command = {
  name: 'remove',
  summary: 'let somebody sign in no more; where they are signed in, that ends',
  positionals: 'NAME',
  options: { state: stateOption },
  notes: seenAtOnce,
  async run(invocation) {
    const name = oneArgument(invocation, 'vigil user remove NAME');
    return withCredentials(invocation, (credentials) => {
      if (!credentials.removeUser(name)) throw noUser(name);
      audit(stateOf(invocation), `removed the user ${name}`, null);
      printLine(`${name} may sign in no more.`);
    });
  },
};

const password: Command = {
  name: 'password',
  summary: 'give somebody another password; where they are signed in, that ends',
  positionals: 'NAME',
  options: { 'password-stdin': passwordOption, state: stateOption },
  notes: seenAtOnce,
  async run(invocation) {
    const name = oneArgument(invocation, 'vigil user password NAME');
    return withCredentials(invocation, async (credentials) => {
      if (!credentials.users().some((user) => user.name === name)) throw noUser(name);
      const fromInput = invocation.options['password-stdin'] === true;
      const isSet = await credentials.setPassword(name, await askNewPassword(fromInput, invocation.signal));
      if (!isSet) throw noUser(name); // removed meanwhile
      audit(stateOf(invocation), `set the password of the user ${name}`, null);
      printLine(`${name} has another password.`);
    });
  },
};

/** `vigil user`: who may sign in on the page. */
export const command: CommandGroup = {
  name: 'user',
  summary: 'who may sign in on the page: add, list, remove, password',
  commands: [add, list, remove, password],
};

function roleOf(text: string): Role {
  const role = roleSchema.safeParse(text);
  if (role.success) return role.data;
  throw new UsageError(`--role takes ${roleNames.join(', ')}, not '${text}'`);
}

function noUser(name: string): UsageError {
  return new UsageError(`There is no user ${name}; vigil user list shows all.`);
}
