import { existsSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from '../../hal/linux/child.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { nodeInstallHint } from '../../hal/native/co-processor.ts';
import { writeProgram } from '../../hal/native/program.ts';

/** What the co-processor can hold, each through an addon of its own. */
export const nativeParts = ['camera', 'microphone', 'gpio'] as const;
export type NativePart = (typeof nativeParts)[number];

/** What is needed to build an addon: a file that shows that it is there, and the package that brings it. */
interface Need {
  readonly anyOf: readonly string[];
  readonly package: string;
}

const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const library = `usr/lib/${triplet}`;

interface Addon {
  readonly package: string;
  readonly needs: readonly Need[];
  readonly environment?: Readonly<Record<string, string>>;
}

const addons: Record<NativePart, Addon> = {
  camera: {
    package: '@u4/opencv4nodejs',
    needs: [{ anyOf: ['usr/include/opencv4/opencv2/opencv.hpp'], package: 'libopencv-dev' }],
    // The system's own OpenCV: without these it would load the source of another one and build that for an hour.
    environment: {
      OPENCV4NODEJS_DISABLE_AUTOBUILD: '1',
      OPENCV_INCLUDE_DIR: '/usr/include/opencv4',
      OPENCV_LIB_DIR: `/${library}`,
      OPENCV_BIN_DIR: '/usr/bin',
    },
  },
  microphone: {
    package: 'naudiodon',
    needs: [{ anyOf: [`${library}/libportaudio.so.2`], package: 'libportaudio2' }],
  },
  gpio: {
    package: 'node-libgpiod',
    needs: [{ anyOf: ['usr/include/gpiod.h'], package: 'libgpiod-dev' }],
  },
};

const compiler: readonly Need[] = [
  { anyOf: ['usr/bin/g++'], package: 'g++' },
  { anyOf: ['usr/bin/make'], package: 'make' },
  { anyOf: ['usr/bin/python3', 'usr/local/bin/python3'], package: 'python3' },
];

/** The packages of the system that are missing for these parts, as apt-get calls them. */
export function missingPackages(parts: readonly NativePart[], systemRoot = '/'): string[] {
  const needs = [...compiler, ...parts.flatMap((part) => addons[part].needs)];
  return needs
    .filter(({ anyOf }) => !anyOf.some((path) => existsSync(join(systemRoot, path))))
    .map((need) => need.package);
}

/** The oldest Node that the addons are built for. */
const leastNode = 16;

/** What is wrong with the Node of this machine; undefined where it is good. */
export function nodeProblem(path: string | undefined = process.env.PATH): string | undefined {
  const node = Bun.which('node', { PATH: path ?? '' });
  const npm = Bun.which('npm', { PATH: path ?? '' });
  if (node === null || npm === null)
    return `${node === null ? 'Node' : 'npm'} is not installed. ${nodeInstallHint}`;
  const said = Bun.spawnSync([node, '--version']).stdout.toString().trim();
  const major = Number(/^v(\d+)\./.exec(said)?.[1] ?? 0);
  return major >= leastNode ? undefined : `Node ${said} is too old. ${nodeInstallHint}`;
}

/** How far the installation is. */
export type NativeStep =
  | { readonly kind: 'progress'; readonly step: string; readonly done: number; readonly total?: number }
  | { readonly kind: 'built'; readonly part: NativePart; readonly failure: string | undefined };

export interface NativeSetupOptions {
  /** Made where it is missing; what was built there before is built anew. */
  readonly directory: string;
  readonly parts: readonly NativePart[];
  readonly signal: AbortSignal;
}

const addonsFolder = join(import.meta.dir, '../../hal/native/addons');

/**
 * Installs the co-processor into a folder: its addons from the lock file, each built on this machine, and its program.
 * An addon that cannot be built is told and does not keep the others. Throws Error when npm cannot install them.
 */
export async function* installNative(options: NativeSetupOptions): AsyncGenerator<NativeStep, void> {
  const { directory, parts } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await cp(addonsFolder, directory, { recursive: true });
  yield { kind: 'progress', step: 'fetching the addons', done: 0 };
  const fetched = await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {}, options);
  if (fetched.exitCode !== 0) throw new Error(`npm cannot fetch the addons: ${lastWords(fetched.said)}`);
  await bringPortAudio(directory);
  await writeProgram(directory);
  for (const part of parts) {
    const addon = addons[part];
    const total = await countSources(join(directory, 'node_modules', addon.package));
    const step = `building ${addon.package}`;
    yield { kind: 'progress', step, done: 0, total };
    const compiled = new Compiled(total);
    const building = run(['npm', 'rebuild', addon.package, '--foreground-scripts'], addon.environment ?? {}, {
      ...options,
      onText: (text) => compiled.see(text),
    });
    for await (const done of compiled.until(building)) yield { kind: 'progress', step, done, total };
    const { exitCode, said } = await building;
    const loads =
      exitCode === 0 ? await run(['node', '-e', `require('${addon.package}')`], {}, options) : undefined;
    const failure = loads?.exitCode === 0 ? undefined : lastWords(loads?.said ?? said);
    yield { kind: 'built', part, failure };
  }
}

/** Counts what the compiler has begun. */
class Compiled {
  #done = 0;
  #changed = Promise.withResolvers<void>();
  readonly #total: number;

  constructor(total: number) {
    this.#total = total;
  }

  see(text: string): void {
    this.#done = Math.min(this.#total, this.#done + (text.match(/^\s*CXX\(target\)/gm)?.length ?? 0));
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async *until(work: Promise<unknown>): AsyncGenerator<number, void> {
    let ended = false;
    const end = work.finally(() => {
      ended = true;
    });
    end.catch(() => undefined);
    while (!ended) {
      yield this.#done;
      await Promise.race([this.#changed.promise, end.catch(() => undefined)]);
    }
  }
}

async function countSources(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((file) => /\.(?:cc|cpp)$/.test(file)).length;
}

/** naudiodon brings PortAudio for x86-64 and 32-bit ARM only, and links that whatever the machine is. */
async function bringPortAudio(directory: string): Promise<void> {
  if (process.arch !== 'arm64') return;
  const own = join(directory, 'node_modules/naudiodon/portaudio/bin/libportaudio.so.2');
  await cp(`/${library}/libportaudio.so.2`, own, { dereference: true }).catch(() => undefined);
}

async function run(
  command: [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  { directory, signal, onText }: NativeSetupOptions & { onText?: (text: string) => void },
): Promise<{ exitCode: number | null; said: string }> {
  signal.throwIfAborted();
  let said = '';
  const hear = (text: string) => {
    said = (said + text).slice(-20_000);
    onText?.(text);
  };
  const child = new Child({
    command,
    clock: new SystemClock(),
    installHint: nodeInstallHint,
    directory,
    environment: { npm_config_update_notifier: 'false', ...headers(), ...environment },
    onStderr: hear,
  });
  const stop = () => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) hear(decoder.decode(chunk, { stream: true }));
  const { exitCode } = await child.ended;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return { exitCode, said };
}

/** Node's headers where the system has them, which saves fetching them. */
function headers(): Record<string, string> {
  return existsSync('/usr/include/node/node.h') ? { npm_config_nodedir: '/usr' } : {};
}

/** What a failed build said at last that is an error and no frame around it. */
function lastWords(said: string): string {
  const lines = said
    .split('\n')
    .filter(
      (line) =>
        /error/i.test(line) && !/^(?:npm|gyp) (?:error|ERR!) (?:A complete|code|path|command)/i.test(line),
    );
  return (lines.find((line) => /\berror:/.test(line)) ?? lines.at(-1) ?? said.trim().split('\n').at(-1) ?? '')
    .trim()
    .slice(0, 300);
}
