import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { WallClock } from '../../hal/contract/clock.ts';
import type { DatabaseFile } from '../database/database-file.ts';
import { openCredentialsDatabase, type TokenRow, type UserRow } from './database.ts';
import { asCredentialsError, CredentialsError } from './errors.ts';
import { type Asker, type Role, roleSchema, roles, type Scope, scopeSchema } from './scopes.ts';

/** Of people and of tokens: what can stand in a log and on a command line as it is. */
const namePattern = /^[a-z][a-z0-9._-]{0,31}$/;
/** NIST SP 800-63B asks for at least 8 where a second factor is asked for too, and 15 where none is; between them. */
const leastPasswordLength = 10;
/** Hashing takes time in proportion. */
const mostPasswordLength = 256;
/** The least that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, which a small board has. */
const hashing = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
/** `vigil_`, eight letters that name the token, 256 random bits. */
const tokenPattern = /^vigil_([a-z2-7]{8})_([A-Za-z0-9_-]{43})$/;

/** Somebody who may sign in on the page. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly createdAtUtcMs: number;
}

/** What a program may do. Its secret is not kept. */
export interface Token {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtUtcMs: number;
  /** Null: until it is revoked. */
  readonly expiresAtUtcMs: number | null;
}

export interface CredentialsOptions {
  /** The state directory; made when absent. */
  readonly directory: string;
  readonly wallClock: WallClock;
}

/**
 * Who may use the device through the page and the interfaces: users with a password and a role, tokens with scopes. SQLite
 * in the state directory (credentials.db), readable by its owner only; of a password or a token only a hash is kept.
 *
 * Several processes and threads may have it open. Nothing is remembered between calls, so that whoever is removed has no
 * right any more at the next call. Throws CredentialsError.
 */
export class Credentials implements Disposable {
  readonly #database: DatabaseFile;
  readonly #wallClock: WallClock;
  /** A password is compared with it where there is no such user: that takes as long. */
  #nobodysHash: Promise<string> | undefined;

  private constructor(database: DatabaseFile, wallClock: WallClock) {
    this.#database = database;
    this.#wallClock = wallClock;
  }

  static open({ directory, wallClock }: CredentialsOptions): Credentials {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw asCredentialsError(error, join(directory, 'credentials.db'));
    }
    return new Credentials(openCredentialsDatabase(directory), wallClock);
  }

  /** Everybody who may sign in, by name. */
  users(): User[] {
    return this.#database.all<UserRow>('SELECT * FROM user ORDER BY name').map(userOf);
  }

  /** Rejects with `taken` where somebody has that name, `unfit` for a name or a password that cannot be taken. */
  async addUser({
    name,
    role,
    password,
  }: {
    readonly name: string;
    readonly role: Role;
    readonly password: string;
  }): Promise<User> {
    checkName(name, 'user');
    const hash = await hashOfPassword(password);
    const user: User = { name, role, createdAtUtcMs: this.#wallClock.nowUtcMs() };
    const added = this.#database.run(
      'INSERT OR IGNORE INTO user VALUES (?, ?, ?, ?)',
      name,
      role,
      hash,
      user.createdAtUtcMs,
    );
    if (added === 0) throw new CredentialsError('taken', `There is a user ${name} already.`);
    return user;
  }

  /** Gives a user another password, which ends their sessions. False where there is no such user. */
  async setPassword(name: string, password: string): Promise<boolean> {
    const hash = await hashOfPassword(password);
    return this.#database.run('UPDATE user SET password_hash = ? WHERE name = ?', hash, name) > 0;
  }

  /** False where there was no such user. */
  removeUser(name: string): boolean {
    return this.#database.run('DELETE FROM user WHERE name = ?', name) > 0;
  }

  /**
   * Something that stands for the user as they are now: `standing` gives their rights for as long as they have the same
   * password. Undefined where name or password is wrong, which takes as long.
   */
  async signIn(name: string, password: string): Promise<string | undefined> {
    const fits = password !== '' && password.length <= mostPasswordLength;
    const row = fits ? this.#user(name) : undefined;
    this.#nobodysHash ??= hashOfPassword(randomBytes(16).toString('hex'));
    const hash = row?.password_hash ?? (await this.#nobodysHash);
    const isRight = await Bun.password.verify(fits ? password : 'unfit', hash);
    return row !== undefined && isRight ? standingOf(row) : undefined;
  }

  /** The rights of the user who signed in with this standing; undefined once they are removed or have another password. */
  asker(name: string, standing: string): Asker | undefined {
    const row = this.#user(name);
    if (row === undefined || standingOf(row) !== standing) return undefined;
    return { name, scopes: roles[userOf(row).role] };
  }

  /** All tokens, by name; those that have expired too. */
  tokens(): Token[] {
    return this.#database.all<TokenRow>('SELECT * FROM token ORDER BY name').map(tokenOf);
  }

  /** Makes a token. The secret is given this once. Throws `taken` where a token has that name, `unfit` for a bad name or time. */
  createToken({
    name,
    scopes,
    expiresAtUtcMs,
  }: {
    readonly name: string;
    readonly scopes: readonly [Scope, ...Scope[]];
    readonly expiresAtUtcMs: number | null;
  }): { readonly token: Token; readonly secret: string } {
    checkName(name, 'token');
    const createdAtUtcMs = this.#wallClock.nowUtcMs();
    if (expiresAtUtcMs !== null && expiresAtUtcMs <= createdAtUtcMs) {
      throw new CredentialsError('unfit', 'A token must expire later than now.');
    }
    const tokenId = newTokenId();
    const secret = `vigil_${tokenId}_${randomBytes(32).toString('base64url')}`;
    const unique = [...new Set(scopes)];
    const added = this.#database.run(
      'INSERT OR IGNORE INTO token VALUES (?, ?, ?, ?, ?, ?)',
      tokenId,
      name,
      JSON.stringify(unique),
      digestOf(secret),
      createdAtUtcMs,
      expiresAtUtcMs,
    );
    if (added === 0) throw new CredentialsError('taken', `There is a token ${name} already.`);
    return { token: { tokenId, name, scopes: unique, createdAtUtcMs, expiresAtUtcMs }, secret };
  }

  /** Ends a token, by its id or its name. False where there is none. */
  revokeToken(idOrName: string): boolean {
    return this.#database.run('DELETE FROM token WHERE token_id = ? OR name = ?', idOrName, idOrName) > 0;
  }

  /**
   * The rights of whoever bears this secret; undefined where it is none, was revoked or has expired. One that expires
   * counts for nothing while the time of day is not to be trusted.
   */
  bearer(secret: string): Asker | undefined {
    const tokenId = tokenPattern.exec(secret)?.[1];
    if (tokenId === undefined) return undefined;
    const row = this.#database.get<TokenRow>('SELECT * FROM token WHERE token_id = ?', tokenId);
    if (row === undefined || !timingSafeEqual(digestOf(secret), row.secret_hash)) return undefined;
    const { expiresAtUtcMs, name, scopes } = tokenOf(row);
    const { trusted } = this.#wallClock;
    if (expiresAtUtcMs !== null && !(trusted && this.#wallClock.nowUtcMs() < expiresAtUtcMs))
      return undefined;
    return { name: `token ${name}`, scopes };
  }

  /** Idempotent; later calls throw `closed`. */
  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #user(name: string): UserRow | undefined {
    return this.#database.get<UserRow>('SELECT * FROM user WHERE name = ?', name);
  }
}

/** Throws `unfit` for a password that cannot be taken: before somebody types it twice. */
export function checkPassword(password: string): void {
  const { length } = [...password];
  if (length >= leastPasswordLength && password.length <= mostPasswordLength) return;
  throw new CredentialsError(
    'unfit',
    `A password has ${leastPasswordLength} to ${mostPasswordLength} characters; this one has ${length}.`,
  );
}

/** Throws `unfit` for a name that a user or a token cannot have. */
export function checkName(name: string, of: 'user' | 'token'): void {
  if (namePattern.test(name)) return;
  throw new CredentialsError(
    'unfit',
    `The name of a ${of} begins with a small letter and has at most 32 small letters, digits, dots, hyphens and ` +
      `underscores; '${name.slice(0, 40)}' does not fit.`,
  );
}

async function hashOfPassword(password: string): Promise<string> {
  checkPassword(password);
  return await Bun.password.hash(password, hashing);
}

/** The salt is in the hash, so that the same password set again is another standing. */
function standingOf({ password_hash: hash }: UserRow): string {
  return digestOf(hash).toString('base64url');
}

function userOf({ name, role, created_utc_ms: createdAtUtcMs }: UserRow): User {
  return { name, role: roleSchema.parse(role), createdAtUtcMs };
}

function tokenOf(row: TokenRow): Token {
  return {
    tokenId: row.token_id,
    name: row.name,
    scopes: z.array(scopeSchema).parse(JSON.parse(row.scopes)),
    createdAtUtcMs: row.created_utc_ms,
    expiresAtUtcMs: row.expires_utc_ms,
  };
}

/** Forty random bits in the letters of base32 (RFC 4648). */
function newTokenId(): string {
  return Array.from(randomBytes(8), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('');
}

/** A secret of 256 random bits needs no slow hash. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
