/**
 * Which folder may import what. The arrows run one way: cli, then scenario, page, house, lab, then runtime, then
 * vision, hearing, people, journal, then decide, models, trace, then hal/contract; machines and drivers stand apart.
 */
export interface Layer {
  /** A folder or a file; the longest one that fits a path is its layer. */
  readonly path: string;
  /** Folders, besides its own, that it may import. */
  readonly imports: readonly string[];
  /** Folders of which it may import types alone. */
  readonly types?: readonly string[];
  /** Packages, `node:` and `bun:` modules; a name ends a prefix (`node:` is all of Node's). `any` is no limit. */
  readonly packages: readonly string[] | 'any';
}

const builtIn = ['node:', 'bun:'];
/** What the pictures and sounds of a device are decided with. */
const computing = ['src/vision', 'src/hearing', 'src/people', 'src/journal'];
/** Sound files other than WAV. */
const soundDecoders = [
  '@wasm-audio-decoders/flac',
  '@wasm-audio-decoders/ogg-vorbis',
  'ogg-opus-decoder',
  'mpg123-decoder',
];
const ground = [
  'src/database',
  'src/decide',
  'src/models',
  'src/trace',
  'src/config',
  'hal/contract',
  'models',
];

export const layers: readonly Layer[] = [
  { path: 'hal/contract', imports: [], packages: [] },
  // A driver imports only the contract; the twins also the rules of leases, which the keeper's process enforces.
  { path: 'hal/sim', imports: ['hal/contract', 'hal/keeper/leases.ts'], packages: ['zod'] },
  { path: 'hal/sim/real-time.ts', imports: [], packages: ['bun:jsc'] },
  { path: 'hal/linux', imports: ['hal/contract'], packages: [...builtIn, 'zod', 'sharp', ...soundDecoders] },
  // Its own side of the co-processor is a child process like the others; the other side is a program of Node's.
  { path: 'hal/native', imports: ['hal/contract', 'hal/linux'], packages: [...builtIn, 'zod'] },
  { path: 'hal/native/process', imports: ['hal/native/protocol.ts'], packages: ['node:'] },
  { path: 'hal/keeper', imports: ['hal/contract'], packages: builtIn },
  // A process of its own, so it has a clock of its own.
  {
    path: 'hal/keeper/main.ts',
    imports: ['hal/contract', 'hal/keeper', 'hal/linux'],
    packages: builtIn,
  },
  { path: 'hal/guard.ts', imports: ['hal/contract', 'hal/actuator.ts'], packages: [] },
  { path: 'hal/actuator.ts', imports: ['hal/contract'], packages: [] },
  { path: 'hal/boards.ts', imports: ['hal/contract'], packages: [] },

  { path: 'machines', imports: ['src/decide'], types: ['hal/contract'], packages: ['xstate'] },

  { path: 'src/decide', imports: [], types: ['hal/contract'], packages: [] },
  { path: 'src/database', imports: [], packages: builtIn },
  { path: 'src/config', imports: ['src/decide'], packages: [...builtIn, 'zod', 'smol-toml'] },
  { path: 'src/trace', imports: ['hal/contract', 'src/decide'], packages: [...builtIn, 'zod', 'xstate'] },
  {
    path: 'src/models',
    imports: ['hal/contract', 'models'],
    packages: [...builtIn, 'zod', 'onnxruntime-node', 'sharp'],
  },
  // A maintainer's tool, no part of the device: it may compare with what is only installed for development.
  {
    path: 'src/models/convert',
    imports: ['src/models/onnx'],
    packages: [...builtIn, 'zod', 'onnxruntime-node', 'sharp', '@vladmandic/face-api'],
  },

  { path: 'src/people', imports: ground, packages: [...builtIn, 'zod', 'sharp'] },
  { path: 'src/vision', imports: ground, packages: [...builtIn, 'zod', 'sharp'] },
  {
    path: 'src/hearing',
    imports: [...ground, 'src/people'],
    packages: [...builtIn, 'zod', 'fft.js', 'meyda', '@echogarden/fvad-wasm', 'onnxruntime-node'],
  },
  // Training happens on a PC or overnight, never while the device decides.
  {
    path: 'src/hearing/train',
    imports: [...ground, 'src/people', 'src/hearing', 'hal/sim/random.ts'],
    packages: [
      ...builtIn,
      'zod',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      'ml-knn',
      'libsvm-js',
    ],
  },
  { path: 'src/journal', imports: ground, packages: [...builtIn, 'zod'] },

  // The picture of the header in the documentation.
  {
    path: 'src/charts/wiring.ts',
    imports: [],
    types: ['hal/boards.ts', 'src/config'],
    packages: [],
  },
  {
    path: 'src/charts/write-wiring.ts',
    imports: ['hal/boards.ts', 'src/config', 'src/charts'],
    packages: builtIn,
  },
  // Who may use the device; for what others can reach.
  { path: 'src/credentials', imports: ground, packages: [...builtIn, 'zod'] },

  { path: 'src/charts', imports: ['src/trace', 'machines'], packages: ['xstate', 'elkjs', ...builtIn] },

  // The only place that names concrete drivers and machines.
  {
    path: 'src/runtime',
    imports: [
      ...computing,
      ...ground,
      'src/credentials',
      'src/charts',
      'machines',
      'hal',
      'demo',
      'package.json',
    ],
    packages: 'any',
  },

  // A step that breaks something says it in the words of the simulation's faults.
  {
    path: 'src/scenario',
    imports: ['src/runtime', ...computing, ...ground, 'hal/sim/faults.ts'],
    packages: 'any',
  },
  {
    path: 'src/page',
    imports: [
      'src/house',
      'src/runtime',
      'src/credentials',
      'src/charts',
      'machines',
      ...computing,
      ...ground,
    ],
    packages: 'any',
  },
  // Runs in a browser: nothing of a device, and no package that it would have to be sent.
  {
    path: 'src/page/browser',
    imports: ['src/page/protocol.ts', 'src/page/views.ts', 'src/page/visitors.ts', 'src/trace', 'src/decide'],
    types: ['src/page/requests.ts', 'src/journal', 'src/credentials'],
    packages: [],
  },
  {
    path: 'src/house',
    imports: [
      'src/runtime',
      'src/credentials',
      'hal/linux/board-sensors.ts',
      'hal/linux/clock.ts',
      ...computing,
      ...ground,
    ],
    packages: 'any',
  },
  {
    path: 'src/lab',
    imports: [
      'src/runtime',
      'hal/sim/random.ts',
      'hal/linux/clock.ts',
      'hal/linux/picture.ts',
      ...computing,
      ...ground,
      'package.json',
    ],
    packages: 'any',
  },
  {
    path: 'src/service',
    imports: ['hal/keeper/client.ts', 'hal/linux/gpio-error.ts'],
    packages: [...builtIn, 'zod'],
  },
  // A maintainer's tool, no part of the device.
  { path: 'src/packaging', imports: ['package.json'], types: ['src/service'], packages: builtIn },
  {
    path: 'src/cli',
    imports: [
      'src/scenario',
      'src/page',
      'src/house',
      'src/lab',
      'src/service',
      'src/credentials',
      'src/charts',
      'machines',
      'src/runtime',
      ...computing,
      ...ground,
      'package.json',
    ],
    packages: 'any',
  },
];

/** Folders whose files belong to a layer; a file in one of them that fits none is an error. */
export const layeredFolders: readonly string[] = ['hal', 'machines', 'src'];
