import type { WallClock } from '../../../hal/contract/clock.ts';
import type { TraceRecord } from '../../trace/record.ts';
import { traceLine } from '../../trace/record.ts';
import type { TraceRecorder } from '../../trace/recorder.ts';
import { traceHeading } from '../../trace/sinks.ts';

/** Records that may wait for a reader; one that falls further behind is dropped, and never waited for. */
const queueRecords = 5_000;

/**
 * The trace as NDJSON, as a trace file has it: the heading, the records still in memory from number `from` on, then
 * whatever comes. Breaks off for a reader that is too slow.
 */
export function traceStream(
  recorder: TraceRecorder,
  wallClock: WallClock,
  from: number,
): ReadableStream<Uint8Array> {
  const past = recorder.records().filter(({ seq }) => seq >= from);
  const reader = recorder.subscribe({ name: 'interface', capacity: queueRecords });
  const batches = reader[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const bytesOf = (records: readonly TraceRecord[]) =>
    encoder.encode(records.map((record) => `${traceLine(record)}\n`).join(''));
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytesOf([traceHeading(recorder, wallClock), ...past])),
    pull: async (controller) => {
      const { done, value } = await batches.next();
      if (done === true) controller.close();
      else controller.enqueue(bytesOf(value));
    },
    cancel: () => reader.close(),
  });
}
