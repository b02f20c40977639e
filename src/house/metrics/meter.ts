import { fieldAt, numberAt, textAt } from '../../trace/fields.ts';
import type { TraceRecord, TraceRecordOf } from '../../trace/record.ts';
import type { TraceRecorder } from '../../trace/recorder.ts';
import type { HouseEvent } from '../event.ts';
import { Buckets, Counts, gauge, type MetricFamily } from './family.ts';

/** From a fast PC to a small board with a slow network. */
const latencyBoundsS = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5];

export interface MeteredDevice {
  readonly trace: TraceRecorder;
  /** Who is known by face and by voice. */
  readonly people: () => number;
  readonly voices: () => number;
}

/** Counts what a device does, over all its lives in this process. A record costs about a microsecond. */
export class Meter {
  readonly #version: string;
  readonly #looks = new Counts('vigil_looks_total', 'Looks at the whole picture, by how usable it was.');
  readonly #looksFailed = new Counts('vigil_looks_failed_total', 'Looks that failed.');
  readonly #overruns = new Counts('vigil_microphone_overruns_total', 'Stretches of sound that were lost.');
  readonly #decisions = new Counts('vigil_decisions_total', 'Grants and refusals, by sense and reason.');
  readonly #faults = new Counts(
    'vigil_faults_total',
    'Parts that began to fail, and rules that were broken.',
  );
  readonly #door = new Counts('vigil_door_events_total', 'What became of the door, and exits.');
  readonly #switches = new Counts('vigil_output_switches_total', 'Times that an output was switched on.');
  readonly #faces = new Buckets(
    'vigil_face_latency_seconds',
    'From the arrival of a frame until a face in it can be compared.',
    latencyBoundsS,
  );
  readonly #voices = new Buckets(
    'vigil_voice_latency_seconds',
    'From the end of the sound that an answer rests on until the answer.',
    latencyBoundsS,
  );
  readonly #embeddedAtMs = new Map<number, number>();
  readonly #failing = new Set<string>();
  readonly #lit = new Map<string, boolean>();
  #state = 'starting';
  #device: MeteredDevice | undefined;
  #unobserve: () => void = () => {};

  constructor(version: string) {
    this.#version = version;
    // A series that is there from the start shows its first increase.
    for (const counts of [this.#looksFailed, this.#overruns]) counts.add({}, 0);
  }

  /** Counts what this device does from now on, in place of the one before. */
  show(device: MeteredDevice): void {
    this.#unobserve();
    this.#device = device;
    this.#embeddedAtMs.clear();
    for (const record of device.trace.records()) this.#see(record);
    this.#unobserve = device.trace.observe((record) => this.#see(record));
  }

  /** What the house hears is counted as it hears it. */
  hear(events: readonly HouseEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case 'granted':
          this.#decisions.add({ answer: 'granted', by: event.by, reason: 'granted' });
          break;
        case 'refused':
        case 'unknown':
          this.#decisions.add({ answer: 'refused', by: event.by, reason: event.reason });
          break;
        case 'door':
          this.#door.add({ what: event.what });
          break;
        case 'output':
          this.#lit.set(event.output, event.on);
          if (event.on) this.#switches.add({ output: event.output });
          break;
        case 'state':
          this.#state = event.state;
          break;
        case 'fault':
          if (event.over) this.#failing.delete(event.part);
          else {
            this.#failing.add(event.part);
            this.#faults.add({ part: event.part, kind: event.kind ?? 'unknown' });
          }
      }
    }
  }

  /** Everything counted so far. `dropped` are events that the house was not told of. */
  read(dropped: number): MetricFamily[] {
    const { trace, people, voices } = this.#device ?? {};
    const failing = [...this.#failing].map((part) => ({ labels: { part }, value: 1 }));
    const lit = [...this.#lit].map(([output, on]) => ({ labels: { output }, value: on ? 1 : 0 }));
    const records = Object.entries(trace?.counts ?? {});
    return [
      gauge('vigil_build_info', 'Which version this is.', 1, { version: this.#version }),
      gauge('vigil_uptime_seconds', 'Since the process started.', performance.now() / 1_000),
      gauge('vigil_state', 'What the device as a whole is at.', 1, { state: this.#state }),
      {
        type: 'gauge',
        name: 'vigil_people_known',
        help: 'People who are known, by face or by voice.',
        samples: [
          { labels: { by: 'face' }, value: people?.() ?? 0 },
          { labels: { by: 'voice' }, value: voices?.() ?? 0 },
        ],
      },
      this.#looks.family(),
      this.#looksFailed.family(),
      this.#overruns.family(),
      this.#decisions.family(),
      this.#faults.family(),
      { type: 'gauge', name: 'vigil_failing', help: 'Parts that fail now.', samples: failing },
      this.#door.family(),
      this.#switches.family(),
      { type: 'gauge', name: 'vigil_output_on', help: 'Whether an output is on.', samples: lit },
      this.#faces.family(),
      this.#voices.family(),
      {
        type: 'counter',
        name: 'vigil_trace_records_total',
        help: 'Records of the trace since the device began anew, by kind.',
        samples: records.map(([kind, value]) => ({ labels: { kind }, value })),
      },
      {
        type: 'counter',
        name: 'vigil_house_events_dropped_total',
        help: 'Events that a broker, a webhook or a listener was not told of.',
        samples: [{ labels: {}, value: dropped }],
      },
    ];
  }

  #see(record: TraceRecord): void {
    if (record.kind === 'event') this.#event(record);
    else if (record.kind === 'hal.in' && record.op === 'overrun') {
      this.#overruns.add({}, numberAt(record.data, 'overruns') ?? 1);
    }
  }

  #event({ event, data }: TraceRecordOf<'event'>): void {
    if (event === 'LOOK.FAILED') this.#looksFailed.add();
    else if (event === 'LOOK.COMPLETED') {
      this.#looks.add({ condition: textAt(data, 'condition') ?? 'unknown' });
      this.#looked(data);
    } else if (event === 'ATTEMPT.MADE' && textAt(data, 'by') === 'voice') {
      const [heardMs, namedMs] = [
        numberAt(data, 'evidence', 'heardUntilMs'),
        numberAt(data, 'evidence', 'namedAtMs'),
      ];
      if (heardMs !== undefined && namedMs !== undefined) this.#voices.add((namedMs - heardMs) / 1_000);
    }
  }

  #looked(data: TraceRecordOf<'event'>['data']): void {
    const people = fieldAt(data, 'people');
    for (const person of Array.isArray(people) ? people : []) {
      const trackId = numberAt(person, 'trackId') ?? 0;
      const [frameMs, embeddedMs] = [numberAt(person, 'frameAtMs'), numberAt(person, 'embeddedAtMs')];
      if (frameMs === undefined || embeddedMs === undefined) continue;
      if (this.#embeddedAtMs.get(trackId) === embeddedMs) continue;
      this.#embeddedAtMs.set(trackId, embeddedMs);
      this.#faces.add((embeddedMs - frameMs) / 1_000);
    }
    const ended = fieldAt(data, 'ended');
    for (const track of Array.isArray(ended) ? ended : []) {
      this.#embeddedAtMs.delete(numberAt(track, 'trackId') ?? 0);
    }
  }
}
