import { fileURLToPath } from 'node:url';
import { type DetectorLine, type DetectorTask, detectorLineSchema } from './detector-messages.ts';

/** What a detector made of pictures, in their order. */
export interface DetectorRun {
  readonly looks: readonly (Looked | LookFailed)[];
  /** Most that the process had in memory at once: program, models and one decoded picture with all that is made of it. */
  readonly peakMemoryBytes: number;
}

export type Looked = Extract<DetectorLine, { kind: 'looked' }>;
export type LookFailed = Extract<DetectorLine, { kind: 'failed' }>;

/** A detector that cannot be used here; the message says why and what to do. */
export class DetectorError extends Error {
  override readonly name = 'DetectorError';
}

/**
 * Looks at pictures with one detector in a process of its own, so that times and memory are its own and native code
 * that crashes takes nothing along. Rejects with DetectorError when the detector cannot be loaded or its process
 * ends early, and with the signal's reason. `onLook` hears of every look as it comes.
 */
export async function runDetector(
  task: DetectorTask,
  onLook: (look: Looked | LookFailed) => void,
  signal: AbortSignal,
): Promise<DetectorRun> {
  signal.throwIfAborted();
  const child = Bun.spawn([process.execPath, fileURLToPath(import.meta.resolve('./detector-process.ts'))], {
    stdin: new TextEncoder().encode(JSON.stringify(task)),
    stdout: 'pipe',
    stderr: 'pipe',
    signal,
    killSignal: 'SIGKILL',
  });
  const complaint = child.stderr.text();
  const looks: (Looked | LookFailed)[] = [];
  for await (const text of linesOf(child.stdout)) {
    const line = detectorLineSchema.parse(JSON.parse(text));
    if (line.kind === 'not-loaded') throw new DetectorError(line.message);
    looks.push(line);
    onLook(line);
  }
  const exitCode = await child.exited;
  signal.throwIfAborted();
  if (exitCode !== 0 || looks.length !== task.pictures.length) {
    const [firstLine = ''] = (await complaint).trim().split('\n');
    const how = child.signalCode === null ? `exit code ${exitCode}` : child.signalCode;
    throw new DetectorError(
      `its process ended at picture ${looks.length + 1} of ${task.pictures.length} (${how})` +
        (firstLine === '' ? '' : `: ${firstLine}`),
    );
  }
  return { looks, peakMemoryBytes: child.resourceUsage()?.maxRSS ?? 0 };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
