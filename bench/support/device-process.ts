import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const launcher = join(import.meta.dir, '../../vigil');

const recordSchema = z.looseObject({
  kind: z.string(),
  tMs: z.number(),
  actor: z.string().optional(),
  states: z.array(z.string()).optional(),
  note: z.string().optional(),
  data: z.looseObject({ utcMs: z.number().optional() }).optional(),
});
type Record = z.infer<typeof recordSchema>;

/** `./vigil run` in a process of its own, with a scratch state directory and nobody's pictures to import. */
export class DeviceProcess implements AsyncDisposable {
  readonly startedUtcMs: number;
  readonly #scratch: string;
  readonly #child: ReturnType<typeof spawnDevice>;

  constructor(camera: string, prepare: (stateDirectory: string) => void = () => {}) {
    this.#scratch = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
    for (const folder of ['state', 'dataset']) mkdirSync(join(this.#scratch, folder));
    prepare(join(this.#scratch, 'state'));
    this.startedUtcMs = Date.now();
    this.#child = spawnDevice(camera, this.#scratch);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** When the device came to `operating`, in milliseconds after the start of the process; waits for it. */
  async operatingAfterMs(limitMs = 20_000): Promise<number> {
    for (const end = Date.now() + limitMs; Date.now() < end; await Bun.sleep(50)) {
      const records = this.#trace();
      const heading = records.find(({ note }) => note === 'heading');
      const operating = records.find(
        ({ kind, actor, states }) =>
          kind === 'snapshot' && actor === 'device' && states?.some((state) => state.startsWith('operating')),
      );
      if (heading?.data?.utcMs === undefined || operating === undefined) continue;
      return heading.data.utcMs + operating.tMs - heading.tMs - this.startedUtcMs;
    }
    throw new Error('the device does not come to operating');
  }

  /** Stops it as Ctrl-C does, and clears away its scratch directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#child.exited;
    rmSync(this.#scratch, { recursive: true });
  }

  #trace(): Record[] {
    let text: string;
    try {
      text = readFileSync(join(this.#scratch, 'trace.ndjson'), 'utf8');
    } catch {
      return []; // it is not there yet
    }
    // The last line may be half written.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.filter((line) => line !== '').map((line) => recordSchema.parse(JSON.parse(line)));
  }
}

function spawnDevice(camera: string, scratch: string) {
  const paths = ['state', 'dataset'].flatMap((folder) => [`--${folder}`, join(scratch, folder)]);
  const trace = ['--trace', join(scratch, 'trace.ndjson')];
  return Bun.spawn([launcher, 'run', '--camera', camera, ...paths, ...trace], {
    cwd: scratch,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
}
