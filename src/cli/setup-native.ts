import { readConfig } from '../config/read.ts';
import { nativeDirectory } from '../runtime/native-place.ts';
import {
  installNative,
  missingPackages,
  type NativePart,
  nativeParts,
  nodeProblem,
} from '../runtime/native-setup.ts';
import { type Command, MissingError, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { Steps } from './steps.ts';

export const native: Command = {
  name: 'native',
  summary: 'build the native co-processor: OpenCV’s cameras, PortAudio’s microphones, libgpiod’s lines',
  positionals: `[${nativeParts.join('] [')}]`,
  options: {
    config: { value: 'FILE', help: 'the configuration that says where the state is' },
    state: {
      value: 'DIR',
      help: 'where the device keeps its state; the co-processor goes into its folder native',
    },
    json: { help: 'one JSON object a line: {part, built, reason}' },
  },
  notes: [
    'Builds all three, or those that are named; the camera takes about five minutes. Needs Node and a compiler, and says',
    'what is missing. Afterwards: --camera opencv:/dev/video0, --microphone portaudio:, board.gpio_driver = "libgpiod".',
    'Nothing else needs it. Exit 1 when one of them could not be built, 3 when something is missing.',
  ].join('\n'),

  async run({ options, positionals, signal }) {
    const parts = positionals.length === 0 ? nativeParts : positionals.map(partOf);
    const problem = nodeProblem();
    if (problem !== undefined) throw new MissingError(problem);
    const missing = missingPackages(parts);
    if (missing.length > 0) {
      throw new MissingError(
        `to build it, install: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
      );
    }
    const state = typeof options.state === 'string' ? options.state : undefined;
    const { config } = await readConfig({
      file: typeof options.config === 'string' ? options.config : undefined,
      flags: state === undefined ? [] : [{ key: 'state.directory', value: state, flag: '--state' }],
    });
    const steps = new Steps();
    let failed = 0;
    try {
      for await (const step of installNative({ directory: nativeDirectory(config), parts, signal })) {
        if (step.kind === 'progress') {
          steps.update(step.step, step.done, step.total);
          continue;
        }
        steps.end();
        const { part, failure } = step;
        if (failure !== undefined) failed++;
        if (options.json === true) printJson({ part, built: failure === undefined, reason: failure ?? null });
        else
          printLine(`${part.padEnd(10)} ${failure === undefined ? 'built' : `cannot be built: ${failure}`}`);
      }
    } finally {
      steps.end();
    }
    return failed === 0 ? 0 : 1;
  },
};

function partOf(text: string): NativePart {
  const part = nativeParts.find((candidate) => candidate === text);
  if (part === undefined) {
    throw new UsageError(`the co-processor has no part '${text}'; it has: ${nativeParts.join(', ')}`);
  }
  return part;
}
