import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ReleaseMove, unitPaths } from './plan.ts';
import { currentLink, linked, readRelease, releaseFolders, releaseId, releasesFolder } from './release.ts';
import { serviceUser } from './units.ts';

/** Why this system cannot have the service, with what to do; undefined where it can. */
export function whyNoService(): string | undefined {
  if (process.platform !== 'linux') return 'services are for Linux with systemd';
  if (!existsSync('/run/systemd/system')) {
    return 'this system was not started by systemd; docs/hardware.md has a line for another supervisor';
  }
  if (process.getuid?.() !== 0) return 'the service belongs to the system: run this with sudo';
  return undefined;
}

/** The version in the first line of `systemctl --version`: `systemd 252 (252.38-1~deb12u1)`. */
export function parseSystemdVersion(text: string): number | undefined {
  const version = /^systemd (\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

export async function systemdVersion(): Promise<number | undefined> {
  const child = Bun.spawn(['systemctl', '--version'], { stdin: 'ignore', stderr: 'ignore' });
  return parseSystemdVersion(await new Response(child.stdout).text());
}

export async function serviceUserExists(): Promise<boolean> {
  return (await Bun.spawn(['id', serviceUser], { stdio: ['ignore', 'ignore', 'ignore'] }).exited) === 0;
}

/** Where a program is, and the Bun that runs it. */
export interface ProgramPlaces {
  readonly root: string;
  readonly bun: string;
}

/** Where this program is. */
export function ownPlaces(): ProgramPlaces {
  return { root: resolve(import.meta.dir, '../..'), bun: realpathSync(process.execPath) };
}

/** The units as they are now; undefined for one that is not there. */
export function unitTexts(): Map<string, string | undefined> {
  return new Map(unitPaths.map((path) => [path, existsSync(path) ? readFileSync(path, 'utf8') : undefined]));
}

/** What the release of this program is to this board; undefined where it is a working copy. */
export function releaseMove(root: string): ReleaseMove | undefined {
  const release = readRelease(root);
  if (release === undefined) return undefined;
  return {
    from: root,
    to: join(releasesFolder, releaseId(release)),
    running: linked(currentLink),
    there: releaseFolders(),
  };
}

/** Folders that a service with ProtectHome and PrivateTmp does not see. */
const hidden = /^\/(home|root|run\/user|tmp|var\/tmp)(\/|$)/;

/** Why a service under a user of its own could not use what is at `path`; undefined where it could. */
export function whyNotUsable(path: string): string | undefined {
  if (!/^[\w./@+-]+$/.test(path)) return `${path} has a character that a unit cannot name`;
  if (hidden.test(path)) return `${path} is in a folder that services do not see`;
  for (let place = path; place !== '/'; place = dirname(place)) {
    const { mode } = statSync(place);
    const wanted = place === path ? 0o5 : 0o1;
    if ((mode & wanted) !== wanted)
      return `${place} is closed to other users (mode ${(mode & 0o777).toString(8)})`;
  }
  return undefined;
}
