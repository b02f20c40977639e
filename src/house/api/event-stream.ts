import type { HouseEvent } from '../event.ts';
import { everyAnswer } from './problem.ts';

/** A line that says nothing, so that both sides notice when the other is gone. */
const heartbeatMs = 15_000;
/** A listener that is so far behind is dropped; it comes back and says what it had last. */
const mostBehindBytes = 256_000;

export interface EventStreamOptions {
  /** Told first: what came after the last event that the listener had. */
  readonly missed: readonly HouseEvent[];
  /** Calls back with each event; returns what ends it. */
  readonly listen: (listener: (event: HouseEvent) => void) => () => void;
  /** The event as this listener may have it. */
  readonly shown: (event: HouseEvent) => object;
  /** Whether the listener still may. */
  readonly mayListen: () => boolean;
}

/** Events as they happen, as server-sent events (HTML standard, section 9.2). */
export function eventStream({ missed, listen, shown, mayListen }: EventStreamOptions): Response {
  const encoder = new TextEncoder();
  let end = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string) => {
          const bytes = encoder.encode(text);
          if ((controller.desiredSize ?? 0) + mostBehindBytes < bytes.length || !mayListen()) {
            end();
            controller.close();
          } else controller.enqueue(bytes);
        };
        const tell = (event: HouseEvent) =>
          send(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(shown(event))}\n\n`);
        const unlisten = listen(tell);
        const heartbeat = setInterval(() => send(': here\n\n'), heartbeatMs);
        end = () => {
          unlisten();
          clearInterval(heartbeat);
        };
        send(': here\n\n');
        for (const event of missed) tell(event);
      },
      cancel: () => end(),
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, { headers: { ...everyAnswer, 'content-type': 'text/event-stream' } });
}
