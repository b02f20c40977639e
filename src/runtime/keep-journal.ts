import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { EntryKind } from '../journal/entry.ts';
import type { Retention } from '../journal/journal.ts';
import { Scribe } from '../journal/scribe.ts';
import { JournalWriter } from '../journal/writer.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { buildId } from './build-id.ts';

const dayMs = 86_400_000;
/** What is too old is removed, and the anchor said, at the start and then at this pace. */
const upkeepMs = dayMs / 4;
/** How soon it is noticed that the time of day was set. */
const trustedPollMs = 60_000;
/** Records that may wait for a turn: a minute of the busiest device. */
const readerRecords = 50_000;

export interface JournalKeeping {
  readonly config: VigilConfig['journal'];
  readonly directory: string;
  readonly trace: TraceRecorder;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly onNote: (text: string) => void;
}

/** Keeps the journal of a device from now on, until it is disposed of. */
export function keepJournal(options: JournalKeeping): AsyncDisposable {
  const { config, directory, trace, clock, wallClock, onNote } = options;
  const writer = new JournalWriter({
    directory,
    clock,
    nowUtcMs: () => wallClock.nowUtcMs(),
    onTrouble: onNote,
  });
  const bootId = crypto.randomUUID();
  const { version } = buildId();
  writer.write({
    kind: 'boot',
    utcMs: wallClock.nowUtcMs(),
    facts: { version, bootId, clockTrusted: wallClock.trusted },
  });
  const reader = trace.subscribe({ name: 'journal', capacity: readerRecords, backlog: true });
  const scribe = new Scribe();
  const reading = (async () => {
    for await (const batch of reader) {
      const startUtcMs = wallClock.nowUtcMs() - trace.nowMs();
      for (const record of batch) {
        for (const entry of scribe.see(record)) {
          writer.write({ ...entry, utcMs: Math.round(startUtcMs + record.tMs) });
        }
      }
    }
  })().catch((error: unknown) => {
    onNote(`the journal stops: ${error instanceof Error ? error.message : error}`);
  });

  const ending = new AbortController();
  const upkeep = (async () => {
    for (;;) {
      await writer.settled();
      if (writer.anchor !== '') onNote(`journal anchor ${writer.anchor}`);
      // A clock that is wrong by years would let everything be too old.
      while (!wallClock.trusted) await clock.sleep(trustedPollMs, ending.signal);
      writer.expire(retentionOf(config), wallClock.nowUtcMs());
      await clock.sleep(upkeepMs, ending.signal);
    }
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) onNote(`the journal is not tidied: ${String(error)}`);
  });

  return {
    async [Symbol.asyncDispose]() {
      reader.close();
      await reading;
      ending.abort();
      await upkeep;
      writer.write({ kind: 'stop', utcMs: wallClock.nowUtcMs(), facts: { bootId } });
      await writer[Symbol.asyncDispose]();
    },
  };
}

function retentionOf(config: VigilConfig['journal']): Retention {
  const days: Partial<Record<EntryKind, number>> = {
    decision: config.decisionsDays,
    visit: config.visitsDays,
    output: config.visitsDays,
    door: config.visitsDays,
    mode: config.faultsDays,
    fault: config.faultsDays,
    boot: config.faultsDays,
    stop: config.faultsDays,
    gap: config.faultsDays,
    audit: config.auditsDays,
    receipt: config.auditsDays,
    report: config.auditsDays,
  };
  const ageMs = Object.fromEntries(Object.entries(days).map(([kind, count]) => [kind, count * dayMs]));
  return { ageMs, maxBytes: config.maxMib * 1_048_576 };
}
