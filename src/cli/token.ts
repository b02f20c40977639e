import { type Scope, scopeNames, scopeSchema, scopes } from '../credentials/scopes.ts';
import { audit } from './audit.ts';
import { type Command, type CommandGroup, type Invocation, UsageError } from './command.ts';
import { oneArgument, withCredentials } from './credentials-named.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, stateOf, stateOption } from './people-named.ts';
import { Table } from './table.ts';
import { isoTime } from './words.ts';

const dayMs = 86_400_000;
const mostDays = 3_650;

const create: Command = {
  name: 'create',
  summary: 'make a key for a program; it is printed this once, and only a hash is kept',
  positionals: 'NAME',
  options: {
    scope: { value: 'SCOPE', help: 'what it may do; can be given several times', multiple: true },
    days: {
      value: 'N',
      help: `how long it counts, up to ${mostDays}; never: until it is revoked`,
      default: '90',
    },
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'Scopes:',
    ...scopeNames.map((scope) => `  ${scope.padEnd(10)} ${scopes[scope]}`),
    'One that ends counts for nothing while the clock of the device was not set.',
  ].join('\n'),
  async run(invocation) {
    const name = oneArgument(invocation, 'vigil token create NAME --scope SCOPE');
    const wanted = scopesOf(invocation.options.scope);
    const expiresAtUtcMs = expiry(String(invocation.options.days));
    return withCredentials(invocation, (credentials) => {
      const { token, secret } = credentials.createToken({ name, scopes: wanted, expiresAtUtcMs });
      audit(stateOf(invocation), `created the token ${name} for ${token.scopes.join(', ')}`, null);
      const { tokenId } = token;
      const expiresAt = expiresAtUtcMs === null ? null : isoTime(expiresAtUtcMs);
      if (invocation.options.json === true) {
        printJson({ tokenId, name, scopes: token.scopes, expiresAt, token: secret });
        return;
      }
      printNote(
        `${name} may: ${token.scopes.join(', ')}; ${expiresAt === null ? 'no end' : `until ${expiresAt}`}.`,
      );
      printNote('This is its token. It is not shown again:');
      printLine(secret);
    });
  },
};

const list: Command = {
  name: 'list',
  summary: 'all keys, those whose time is over too',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    return withCredentials(invocation, (credentials) => {
      const tokens = credentials.tokens();
      const table = new Table([
        ['ID', 8],
        ['NAME', 16],
        ['UNTIL', 10],
        ['SCOPES', 0],
      ]);
      for (const { tokenId, name, scopes: allowed, createdAtUtcMs, expiresAtUtcMs } of tokens) {
        const expiresAt = expiresAtUtcMs === null ? null : isoTime(expiresAtUtcMs);
        if (invocation.options.json === true) {
          printJson({ tokenId, name, scopes: allowed, createdAt: isoTime(createdAtUtcMs), expiresAt });
          continue;
        }
        const isOver = expiresAtUtcMs !== null && expiresAtUtcMs <= Date.now();
        const until = isOver ? 'over' : (expiresAt?.slice(0, 10) ?? 'no end');
        table.row([tokenId, name, until, allowed.join(', ')]);
      }
      if (tokens.length === 0) printNote('There is none yet: vigil token create NAME --scope SCOPE');
    });
  },
};

const revoke: Command = {
  name: 'revoke',
  summary: 'end a key, by its name or its id',
  positionals: 'NAME',
  options: { state: stateOption },
  notes: 'A running device knows of it at once.',
  async run(invocation) {
    const name = oneArgument(invocation, 'vigil token revoke NAME');
    return withCredentials(invocation, (credentials) => {
      if (!credentials.revokeToken(name)) {
        throw new UsageError(`There is no token ${name}; vigil token list shows all.`);
      }
      audit(stateOf(invocation), `revoked the token ${name}`, null);
      printLine(`${name} counts for nothing any more.`);
    });
  },
};

/** `vigil token`: keys for programs. */
export const command: CommandGroup = {
  name: 'token',
  summary: 'keys for programs, with scopes and an end: create, list, revoke',
  commands: [create, list, revoke],
};

function scopesOf(given: Invocation['options'][string]): [Scope, ...Scope[]] {
  const [first, ...others] = (Array.isArray(given) ? given : []).map(scopeOf);
  if (first === undefined) {
    throw new UsageError(`What may it do? Give --scope, one or several of: ${scopeNames.join(', ')}`);
  }
  return [first, ...others];
}

function scopeOf(text: string): Scope {
  const scope = scopeSchema.safeParse(text);
  if (scope.success) return scope.data;
  throw new UsageError(`--scope takes ${scopeNames.join(', ')}, not '${text}'`);
}

function expiry(days: string): number | null {
  if (days === 'never') return null;
  const count = Number(days);
  if (days !== '' && Number.isInteger(count) && count >= 1 && count <= mostDays)
    return Date.now() + count * dayMs;
  throw new UsageError(`--days takes a whole number from 1 to ${mostDays}, or never, not '${days}'`);
}
