import { z } from 'zod';

/** Events of a Chromium trace that say what the page's main thread did; times in microseconds. */
const eventSchema = z.looseObject({
  name: z.string(),
  ph: z.string(),
  pid: z.number(),
  tid: z.number(),
  ts: z.number(),
  dur: z.number().optional(),
  /** Of the processor: without the time in which others had it. */
  tdur: z.number().optional(),
  args: z.looseObject({ name: z.string().optional() }).optional(),
});
type TraceEvent = z.infer<typeof eventSchema>;

const traceSchema = z.looseObject({ traceEvents: z.array(eventSchema) });

/** The categories that these figures need. */
export const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/**
 * What a page's main thread did, in milliseconds of a processor: how long it took on the wall says on a busy machine
 * what others did.
 */
export interface MainThread {
  /** Each task: script, style, layout and paint alike. */
  readonly tasksMs: readonly number[];
  /** All work for each frame: the tasks since the frame before. */
  readonly framesMs: readonly number[];
}

/** Reads a trace of one tab. Throws ZodError for what is none, Error where no page was drawn in it. */
export function mainThreadOf(trace: string): MainThread {
  const { traceEvents } = traceSchema.parse(JSON.parse(trace));
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const [busiest] = threads
    .map(({ pid, tid }) => traceEvents.filter((event) => event.pid === pid && event.tid === tid))
    .sort((a, b) => b.length - a.length);
  if (busiest === undefined) throw new Error('the trace has no page in it');
  const named = (wanted: string) =>
    busiest.filter(({ name, ph }) => name === wanted && ph === 'X').sort((a, b) => a.ts - b.ts);
  const tasks = named('RunTask');
  return { tasksMs: tasks.map(workMs), framesMs: workUpToEach(named('Commit'), tasks) };
}

/** A frame is handed over, `Commit`, within the last of its tasks. */
function workUpToEach(commits: readonly TraceEvent[], tasks: readonly TraceEvent[]): number[] {
  let next = 0;
  return commits.map((commit) => {
    let sumMs = 0;
    for (; next < tasks.length; next++) {
      const task = tasks[next];
      if (task === undefined || task.ts > commit.ts) break;
      sumMs += workMs(task);
    }
    return sumMs;
  });
}

function workMs({ dur = 0, tdur = dur }: TraceEvent): number {
  return tdur / 1_000;
}
