import type { TraceRecord } from '../../trace/record.ts';
import { Story, type StoryState } from '../../trace/story.ts';
import { mostPastRecords, type PageMessage } from '../protocol.ts';
import { Activity } from './activity.ts';
import { inTurns } from './turns.ts';

/** Old records are let go in bulk. */
const spareRecords = 2_000;

/** What this page knows of the device: where it is, the newest records, and what they come to. */
export class Live {
  #story = new Story();
  #activity = new Activity();
  #records: TraceRecord[] = [];
  /** From this page's clock to the device's, as of the last message. */
  #deviceOffsetMs = 0;
  #clockOffsetMs = 0;
  /** Counts the stories: what was asked for during one does not belong to the next. */
  #stories = 0;

  get state(): StoryState {
    return this.#story.state;
  }

  get activity(): Activity {
    return this.#activity;
  }

  /** The newest records, oldest first. */
  get records(): readonly TraceRecord[] {
    return this.#records;
  }

  /** The device's clock. */
  get nowMs(): number {
    return performance.now() + this.#deviceOffsetMs;
  }

  /** Leads from the device's clock to `Date.now()`; as of the last story, so that a moment keeps its time of day. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  hear(message: PageMessage): void {
    this.#deviceOffsetMs = message.nowMs - performance.now();
    if (message.type === 'story') {
      this.#stories++;
      this.#clockOffsetMs = Date.now() - message.nowMs;
      this.#story = new Story(message.state);
      this.#records = [];
      this.#begin([], new Activity());
      return;
    }
    for (const record of message.records) {
      this.#story.see(record);
      this.#activity.see(record);
      this.#records.push(record);
    }
    if (this.#records.length > mostPastRecords + spareRecords) {
      this.#records.splice(0, this.#records.length - mostPastRecords);
    }
  }

  /** Gets what was recorded before the last story; false where there is another by then. Rejects without an answer. */
  async fetchPast(): Promise<boolean> {
    const story = this.#stories;
    const response = await fetch('/records');
    if (!response.ok) throw new Error(`no records: ${response.status}`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    if (story !== this.#stories) return false;
    const heardFrom = this.#records[0]?.seq ?? this.state.seq + 1;
    const past: TraceRecord[] = [];
    const activity = new Activity();
    await inTurns(lines, (line) => {
      const record: TraceRecord = JSON.parse(line); // from the server that this script came from
      if (record.seq >= heardFrom) return;
      past.push(record);
      activity.see(record);
    });
    if (story !== this.#stories) return false;
    this.#begin(past, activity);
    return true;
  }

  /** Puts what was before in front of what was heard since. */
  #begin(past: readonly TraceRecord[], activity: Activity): void {
    const heard = this.#records;
    const records = [...past, ...heard];
    this.#records = records;
    this.#activity = activity;
    // Who has not moved since the first of the records is where the story says.
    const moved = new Set(records.map((record) => (record.kind === 'snapshot' ? record.actor : undefined)));
    for (const actor of Object.values(this.state.actors)) {
      if (!moved.has(actor.actor)) this.#activity.startAt(actor);
    }
    for (const record of heard) this.#activity.see(record);
  }
}
