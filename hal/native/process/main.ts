import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import {
  aliveIntervalMs,
  controlFd,
  creditsAtStart,
  dataFd,
  header,
  jsonMessage,
  jsonOf,
  kinds,
  MessageReader,
  message,
  protocolVersion,
  silenceMs,
  type Task,
  taskSchema,
} from '../protocol.ts';
import { runCamera } from './camera.ts';
import { holdLine } from './line.ts';
import type { Held, Link } from './link.ts';
import { runMicrophone } from './microphone.ts';

/**
 * The native co-processor: a Node process that holds one device through an addon. It ends, the device made safe, when
 * the firmware says so, dies or falls silent.
 */
function main(): void {
  const data = new Socket({ fd: dataFd, readable: false, writable: true });
  const control = new Socket({ fd: controlFd, readable: true, writable: false });
  const load = createRequire(process.argv[1] ?? process.cwd());
  let held: Held | undefined;
  let credits = creditsAtStart;
  let quietLooks = 0;

  const end = (code: number): never => {
    try {
      held?.letGo();
    } catch {
      // The line's electrical default is all that is left.
    }
    process.exit(code);
  };
  const link: Link = {
    addon: (name) => {
      try {
        return load(name);
      } catch (error) {
        const why = (error instanceof Error ? error.message : String(error)).split('\n')[0];
        return link.fail({
          ...{ kind: 'unsupported', of: 'co-processor' },
          message: `the addon ${name} does not load (${why}). Run: vigil setup native`,
        });
      }
    },
    ready: (facts = {}) => {
      data.write(jsonMessage(kinds.ready, { ...facts, version: protocolVersion }));
    },
    offer: (bytes) => {
      if (credits === 0) return false;
      credits--;
      link.send(bytes);
      return true;
    },
    send: (bytes) => {
      data.write(header(kinds.data, bytes.length));
      data.write(bytes);
    },
    tell: (kind, payload) => {
      data.write(message(kind, payload));
    },
    fail: (failed) => {
      data.write(jsonMessage(kinds.failed, { ...failed, message: failed.message.slice(0, 2_000) }), () =>
        end(0),
      );
      throw new Ending();
    },
  };

  process.on('uncaughtException', (error) => {
    if (error instanceof Ending) return;
    process.stderr.write(`${error.stack ?? error.message}\n`);
    end(1);
  });
  process.on('unhandledRejection', (error) => {
    throw error;
  });
  process.on('SIGTERM', () => end(0));
  data.on('error', () => end(0)); // the firmware has gone
  control.on('error', () => end(0));
  control.on('end', () => end(0));
  setInterval(() => {
    link.tell(kinds.alive);
    // Counted in looks: an addon that kept this process busy is no silence of the firmware's.
    if (++quietLooks * aliveIntervalMs > silenceMs) end(0);
  }, aliveIntervalMs);

  const reader = new MessageReader(0);
  control.on('data', (chunk: Uint8Array) => {
    quietLooks = 0;
    for (const { kind, bytes } of reader.push(chunk)) {
      if (kind === kinds.task) held = open(taskSchema.parse(jsonOf(bytes)), link);
      else if (kind === kinds.credit) credits++;
      else if (kind !== kinds.alive) held?.told?.(kind, bytes);
    }
  });
}

function open(task: Task, link: Link): Held {
  if (task.version !== protocolVersion) {
    return link.fail({
      ...{ kind: 'unsupported', of: 'co-processor' },
      message: `is of another version (${protocolVersion}, and not ${task.version}). Run: vigil setup native`,
    });
  }
  switch (task.device) {
    case 'camera':
      return runCamera(task, link);
    case 'microphone':
      return runMicrophone(task, link);
    case 'output':
    case 'input':
      return holdLine(task, link);
  }
}

/** Thrown when the end is under way, so that nothing goes on meanwhile. */
class Ending extends Error {}

main();
