import type { TraceRecord } from '../../trace/record.ts';
import { Story, type StoryState } from '../../trace/story.ts';
import { Activity } from './activity.ts';

/** What was is computed from the nearest of these on: at most so many records are read again for a step. */
const keyframeRecords = 1_000;

/** Where a device was, and what it had done by then. */
export interface Moment {
  readonly state: StoryState;
  readonly activity: Activity;
}

interface Keyframe {
  readonly story: StoryState;
  readonly activity: Activity;
}

/** Records that can be looked at as of any of them. */
export class Recording {
  readonly records: readonly TraceRecord[];
  /** Before the first record, after the thousandth, and so on. */
  readonly #keyframes: Keyframe[];

  /**
   * `now` is where the device was after the last record. An actor that no record tells of has been there all the
   * time; where another was before the first record that tells of it is not known.
   */
  constructor(records: readonly TraceRecord[], now?: StoryState) {
    this.records = records;
    const told = new Set(records.map((record) => ('actor' in record ? record.actor : undefined)));
    const unmoved = Object.entries(now?.actors ?? {}).filter(([actor]) => !told.has(actor));
    const activity = new Activity();
    for (const [, actor] of unmoved) activity.startAt(actor);
    const story = { ...new Story().state, actors: Object.fromEntries(unmoved) };
    this.#keyframes = [{ story, activity }];
  }

  /** As of the record at this index; -1 is before the first. */
  at(index: number): Moment {
    const wanted = Math.floor((index + 1) / keyframeRecords);
    for (let known = this.#keyframes.length - 1; known < wanted; known++) {
      const { state, activity } = this.#play(known, (known + 1) * keyframeRecords);
      this.#keyframes.push({ story: state, activity });
    }
    return this.#play(wanted, index + 1);
  }

  /** From a keyframe to before the record at the index `end`. */
  #play(keyframe: number, end: number): Moment {
    const from = this.#keyframes[keyframe];
    const story = new Story(from?.story);
    const activity = from?.activity.copy() ?? new Activity();
    for (const record of this.records.slice(keyframe * keyframeRecords, end)) {
      story.see(record);
      activity.see(record);
    }
    return { state: story.state, activity };
  }
}
