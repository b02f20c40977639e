import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmod, cp, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * The launcher against stand-ins of Bun and npm, in copies of the project that hold nothing but what it reads. With
 * VIGIL_TEST_INSTALL=1 also against the real ones, which needs the network and a minute.
 */
const root = join(import.meta.dir, '../..');
const real = process.env.VIGIL_TEST_INSTALL === '1';
const shells = ['sh', 'dash', 'bash', 'busybox'].filter((name) => Bun.which(name) !== null);
/** What the launcher may use of a system: POSIX tools. */
const tools = [
  'cat',
  'cmp',
  'dirname',
  'ln',
  'mkdir',
  'mv',
  'readlink',
  'rm',
  'sed',
  'sh',
  'sleep',
  'tail',
  'uname',
];

let place: string;
beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'vigil launcher ')));
  await mkdir(join(place, 'tools'));
  for (const tool of tools) await symlink(Bun.which(tool) ?? tool, join(place, 'tools', tool));
});
afterAll(() => rm(place, { recursive: true }));

let copies = 0;
/** A fresh clone in a folder whose name has a space; its main.ts tells how it was called. */
async function clone(): Promise<string> {
  const folder = join(place, `clone ${++copies}`);
  for (const file of ['vigil', 'package.json', 'bun.lock', 'bunfig.toml']) {
    await cp(join(root, file), join(folder, file));
  }
  await Bun.write(
    join(folder, 'src/cli/main.ts'),
    'console.log(JSON.stringify({ bun: process.execPath, main: import.meta.path, cwd: process.cwd(), args: process.argv.slice(2) }));\nprocess.exit(Number(process.env.EXIT ?? 0));\n',
  );
  return folder;
}

async function program(folder: string, name: string, text: string): Promise<void> {
  await Bun.write(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

/** A Bun of this version: it notes what it is asked to do in `log`, installs nothing, and runs programs for real. */
function bunText(version: string, log: string): string {
  return `#!/bin/sh
[ "$1" = --version ] && { echo ${version}; exit; }
echo "$@" >>'${log}'
case $1 in
  install) mkdir -p node_modules; \${BUN_PAUSE:-:} ; exit \${BUN_FAIL:-0} ;;
  add) mkdir -p node_modules/@oven/bun-linux-x64/bin; cp "$NEW_BUN" node_modules/@oven/bun-linux-x64/bin/bun; exit ;;
esac
exec '${process.execPath}' "$@"
`;
}

async function bunFolder(version: string): Promise<{ folder: string; log: string }> {
  const folder = join(place, `bun ${version} ${++copies}`);
  const log = join(folder, 'log');
  await mkdir(folder);
  await Bun.write(log, '');
  await program(folder, 'bun', bunText(version, log));
  return { folder, log };
}

interface Run {
  readonly path: readonly string[];
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly environment?: Record<string, string>;
  readonly shell?: string;
}

function start(script: string, { path, args = [], cwd = '/', environment = {}, shell = 'sh' }: Run) {
  const interpreter = shell === 'busybox' ? ['busybox', 'sh'] : [shell];
  return Bun.spawn([Bun.which(interpreter[0] ?? 'sh') ?? 'sh', ...interpreter.slice(1), script, ...args], {
    cwd,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { HOME: join(place, 'home'), PATH: [...path, join(place, 'tools')].join(':'), ...environment },
  });
}

async function launch(script: string, run: Run) {
  const child = start(script, run);
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

for (const shell of shells) {
  describe(`in ${shell}`, () => {
    test('installs once, then starts without installing, from anywhere and through symlinks', async () => {
      const folder = await clone();
      const { folder: bun, log } = await bunFolder('1.4.5');
      await symlink('vigil', join(folder, 'first link'));
      const outside = join(place, `link ${copies}`);
      await symlink(join(folder, 'first link'), outside);

      const first = await launch(outside, { shell, path: [bun], args: ['demo', 'two words', '--x=*'] });
      expect(first.stderr).toBe('vigil: installing the dependencies (once) ...\n');
      expect(JSON.parse(first.stdout)).toMatchObject({
        main: join(folder, 'src/cli/main.ts'),
        cwd: '/',
        args: ['demo', 'two words', '--x=*'],
      });
      const second = await launch('vigil', { shell, path: [bun], cwd: folder, environment: { EXIT: '7' } });
      expect(second.stderr).toBe('');
      expect(second.exitCode).toBe(7);
      const installs = (await Bun.file(log).text()).split('\n').filter((line) => line.startsWith('install'));
      expect(installs).toEqual(['install --frozen-lockfile']);
    });

    test('with neither Bun nor npm it says what to install and exits with 3', async () => {
      const { exitCode, stdout, stderr } = await launch(join(await clone(), 'vigil'), { shell, path: [] });
      expect(exitCode).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toContain('needs Bun 1.4.5 or newer, or Node.js with npm');
      expect(stderr).toContain('sudo apt-get install nodejs npm');
    });
  });
}

test('a changed lock file is installed anew', async () => {
  const folder = await clone();
  const { folder: bun, log } = await bunFolder('1.4.5');
  await launch(join(folder, 'vigil'), { path: [bun] });
  await Bun.write(join(folder, 'bun.lock'), '{}');
  await launch(join(folder, 'vigil'), { path: [bun] });
  expect((await Bun.file(log).text()).match(/^install/gm)).toHaveLength(2);
});

test('a failed installation is not taken for a whole one', async () => {
  const folder = await clone();
  const { folder: bun } = await bunFolder('1.4.5');
  const failed = await launch(join(folder, 'vigil'), { path: [bun], environment: { BUN_FAIL: '1' } });
  expect(failed.exitCode).toBe(3);
  expect(failed.stderr).toContain(
    'the dependencies could not be installed. The first start needs the network.',
  );
  const again = await launch(join(folder, 'vigil'), { path: [bun] });
  expect(again.stderr).toContain('installing the dependencies');
  expect(again.exitCode).toBe(0);
});

test('versions of Bun are compared as numbers', async () => {
  for (const [version, enough] of [
    ['1.4.5', true],
    ['1.4.10', true],
    ['1.10.0', true],
    ['2.0', true],
    ['1.4.6-canary.3+abc', true],
    ['1.4.4', false],
    ['1.3.99', false],
    ['1.4', false],
    ['garbage', false],
  ] as const) {
    const folder = await clone();
    const { folder: bun, log } = await bunFolder(version);
    const { folder: newer } = await bunFolder('1.4.5');
    await launch(join(folder, 'vigil'), { path: [bun], environment: { NEW_BUN: join(newer, 'bun') } });
    expect([version, (await Bun.file(log).text()).startsWith('add ')]).toEqual([version, !enough]);
  }
});

test('an older Bun, or npm alone, brings the pinned one into .vigil, and keeps it', async () => {
  const { folder: old } = await bunFolder('1.2.0');
  const { folder: newer } = await bunFolder('1.4.5');
  const npm = join(place, 'npm only');
  await program(
    npm,
    'npm',
    `#!/bin/sh
[ "$1" = --version ] && exit
mkdir -p node_modules/bun/bin node_modules/@oven/bun-linux-x64-musl/bin node_modules/@oven/bun-linux-x64/bin
echo '#!/bin/sh' >node_modules/bun/bin/bun.exe                        # npm kept the install script from running
echo '#!/nowhere' >node_modules/@oven/bun-linux-x64-musl/bin/bun      # does not start here
cp "$NEW_BUN" node_modules/@oven/bun-linux-x64/bin/bun
chmod +x node_modules/bun/bin/* node_modules/@oven/*/bin/*
`,
  );
  for (const own of [old, npm]) {
    // What the stand-ins need of a system, and no Bun or npm of it.
    for (const tool of ['cp', 'chmod']) await symlink(Bun.which(tool) ?? tool, join(own, tool));
    const folder = await clone();
    const environment = { NEW_BUN: join(newer, 'bun') };
    const first = await launch(join(folder, 'vigil'), { path: [own], environment });
    expect(first.stderr).toContain('installing Bun 1.4.5 into');
    expect(first.exitCode).toBe(0);
    expect(await readlink(join(folder, '.vigil/bun-1.4.5/bun'))).toBe(
      'node_modules/@oven/bun-linux-x64/bin/bun',
    );
    expect((await readdir(join(folder, '.vigil'))).sort()).toEqual(['bun-1.4.5', 'install.log']);
    const second = await launch(join(folder, 'vigil'), { path: [] });
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  }
});

test('two starts at once install once', async () => {
  const folder = await clone();
  const { folder: bun, log } = await bunFolder('1.4.5');
  const run = { path: [bun], environment: { BUN_PAUSE: 'sleep 0.5' } };
  const ends = await Promise.all([1, 2, 3].map(() => launch(join(folder, 'vigil'), run)));
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect((await Bun.file(log).text()).match(/^install/gm)).toHaveLength(1);
  expect(await readdir(join(folder, '.vigil'))).toEqual(['install.log']);
});

test('the lock of a start that was killed does not stop the next one', async () => {
  const folder = await clone();
  const { folder: bun } = await bunFolder('1.4.5');
  const child = start(join(folder, 'vigil'), { path: [bun], environment: { BUN_PAUSE: 'sleep 1' } });
  while ((await readlink(join(folder, '.vigil/lock')).catch(() => '')) === '') await Bun.sleep(5);
  child.kill('SIGKILL');
  await child.exited;
  const ends = await Promise.all([1, 2].map(() => launch(join(folder, 'vigil'), { path: [bun] })));
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await readdir(join(folder, '.vigil'))).toEqual(['install.log']);
});

test('where no lock can be made it says so and does not wait for ever', async () => {
  const folder = await clone();
  const { folder: bun } = await bunFolder('1.4.5');
  const noLinks = join(place, 'no links');
  await program(noLinks, 'ln', '#!/bin/sh\nexit 1\n');
  const { exitCode, stderr } = await launch(join(folder, 'vigil'), { path: [noLinks, bun] });
  expect(exitCode).toBe(3);
  expect(stderr).toContain('.vigil/lock cannot be made; is the disk full?');
});

test('a signal while it installs ends it and leaves no lock', async () => {
  const folder = await clone();
  const { folder: bun } = await bunFolder('1.4.5');
  const child = start(join(folder, 'vigil'), { path: [bun], environment: { BUN_PAUSE: 'sleep 20' } });
  while (!(await Bun.file(join(folder, '.vigil/install.log')).exists())) await Bun.sleep(5);
  await Bun.sleep(50);
  child.kill('SIGTERM');
  expect(await child.exited).toBe(143);
  expect(await readdir(join(folder, '.vigil'))).toEqual(['install.log']);
});

test('the program takes the place of the launcher, so that signals reach it', async () => {
  const folder = await clone();
  const { folder: bun } = await bunFolder('1.4.5');
  await Bun.write(
    join(folder, 'src/cli/main.ts'),
    "process.on('SIGTERM', () => process.exit(9));\nsetInterval(() => {}, 1000);\nconsole.log(process.pid);\n",
  );
  const child = start(join(folder, 'vigil'), { path: [bun] });
  const { value } = await child.stdout.getReader().read();
  expect(Number(new TextDecoder().decode(value))).toBe(child.pid);
  child.kill('SIGTERM');
  expect(await child.exited).toBe(9);
});

test.skipIf(!real)(
  `a clean clone starts with npm alone, and then without a network${real ? '' : ' (skipped: needs the network; VIGIL_TEST_INSTALL=1)'}`,
  async () => {
    const folder = await clone();
    const npm = join(place, 'real npm');
    await mkdir(npm);
    for (const name of ['node', 'npm'])
      await symlink(await realpath(Bun.which(name) ?? name), join(npm, name));
    const first = await launch(join(folder, 'vigil'), { path: [npm] });
    expect(first.stderr).toContain('installing Bun');
    expect(JSON.parse(first.stdout).bun).toStartWith(join(folder, '.vigil'));
    const closed = 'http://127.0.0.1:1';
    const environment = { npm_config_registry: closed, BUN_CONFIG_REGISTRY: closed, HOME: '/nonexistent' };
    const second = await launch(join(folder, 'vigil'), { path: [npm], environment });
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  },
  120_000,
);
