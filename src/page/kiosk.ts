import type { ServerWebSocket } from 'bun';
import type { Asker } from '../credentials/scopes.ts';
import { Journal } from '../journal/journal.ts';
import { KioskState } from './kiosk-state.ts';
import type { KioskMessage, KioskPerson, PageMessage } from './protocol.ts';
import type { Answer, Ask } from './requests.ts';

/** Fast enough for somebody who stands before it. */
const tellEveryMs = 250;
/** A kiosk that is behind by this much waits for the next word. */
const mostWaitingBytes = 200_000;
const mostListed = 12;
/** The decisions of a busy day. */
const mostRead = 5_000;

/** By whose right names and pictures are asked for: a kiosk shows them to whoever stands there. */
const asker: Asker = { name: 'the kiosk', scopes: ['names'] };

type KioskSocket = Pick<ServerWebSocket<unknown>, 'send' | 'getBufferedAmount'>;
type AskDevice = (name: string, body: unknown, asker: Asker) => Promise<unknown>;

/**
 * Says to kiosks what they show, on the thread of the page: whom to greet, and who came today. They are told nothing of
 * the trace.
 */
export class Kiosk {
  readonly #ask: AskDevice;
  readonly #journalDirectory: string | null;
  readonly #state = new KioskState(Date.now);
  /** What each was told last, and whose pictures it has. */
  readonly #sockets = new Map<KioskSocket, { said: string; readonly pictures: Set<string> }>();
  readonly #people = new Map<string, Promise<KioskPerson>>();
  #deviceOffsetMs = 0;
  #telling: Timer | undefined;
  #seeded = false;

  constructor(ask: AskDevice, journalDirectory: string | null) {
    this.#ask = ask;
    this.#journalDirectory = journalDirectory;
  }

  get count(): number {
    return this.#sockets.size;
  }

  add(socket: KioskSocket): void {
    this.#sockets.set(socket, { said: '', pictures: new Set() });
    if (!this.#seeded) this.#seed();
    this.#telling ??= setInterval(() => void this.#tell(), tellEveryMs);
  }

  delete(socket: KioskSocket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    clearInterval(this.#telling);
    this.#telling = undefined;
  }

  /** What pages are told, as they are told it. Not read while there is no kiosk. */
  hear(text: string): void {
    if (this.#sockets.size === 0) return;
    const message: PageMessage = JSON.parse(text); // written on the device's thread
    this.#deviceOffsetMs = message.nowMs - performance.now();
    if (message.type === 'story') {
      this.#state.forgetClock();
      this.#people.clear();
    }
    this.#state.hear(message);
  }

  async #tell(): Promise<void> {
    const now = this.#state.at(performance.now() + this.#deviceOffsetMs);
    const visits = this.#state.today().slice(0, mostListed);
    const greeted = now.kind === 'welcome' ? [now.subjectId] : [];
    const people = await Promise.all(
      [...new Set([...greeted, ...visits.map(({ subjectId }) => subjectId)])].map((subjectId) =>
        this.#person(subjectId),
      ),
    );
    const known = new Map(people.map((person) => [person.subjectId, person]));
    const today = visits.map(({ subjectId, atUtcMs }) => ({
      ...{ subjectId, atUtcMs },
      name: known.get(subjectId)?.name ?? null,
    }));
    const name = now.kind === 'welcome' ? (known.get(now.subjectId)?.name ?? null) : null;
    const said = JSON.stringify({ type: 'kiosk', now, name, today } satisfies KioskMessage);
    for (const [socket, told] of this.#sockets) {
      if (socket.getBufferedAmount() > mostWaitingBytes) continue;
      for (const { subjectId, jpegBase64 } of people) {
        if (jpegBase64 === null || told.pictures.has(subjectId)) continue;
        told.pictures.add(subjectId);
        socket.send(JSON.stringify({ type: 'portrait', subjectId, jpegBase64 } satisfies KioskMessage));
      }
      if (told.said !== said) socket.send(said);
      told.said = said;
    }
  }

  #person(subjectId: string): Promise<KioskPerson> {
    let known = this.#people.get(subjectId);
    if (known === undefined) {
      known = this.#fetch(subjectId);
      this.#people.set(subjectId, known);
    }
    return known;
  }

  /** Somebody without a name or a picture is greeted all the same. */
  async #fetch(subjectId: string): Promise<KioskPerson> {
    const ask = <Name extends 'names' | 'portrait'>(name: Name, body: Ask<Name>) =>
      this.#ask(name, body, asker).catch(() => null) as Promise<Answer<Name> | null>; // checked against that kind
    const [names, portrait] = await Promise.all([
      ask('names', { subjectIds: [subjectId] }),
      ask('portrait', { subjectId }),
    ]);
    return {
      subjectId,
      name: names?.names[subjectId] ?? null,
      jpegBase64: portrait?.jpegBase64 ?? null,
    };
  }

  /** Who came today before this page was opened stands in the journal. */
  #seed(): void {
    this.#seeded = true;
    if (this.#journalDirectory === null) return;
    try {
      using journal = Journal.open({ directory: this.#journalDirectory });
      const fromUtcMs = new Date().setHours(0, 0, 0, 0);
      for (const { facts, personal, utcMs } of journal.list({
        ...{ kinds: ['decision'], fromUtcMs, limit: mostRead },
      })) {
        const granted = facts?.answer === 'granted' && personal !== null && personal.subjectId !== null;
        if (granted) this.#state.remember({ subjectId: String(personal.subjectId), atUtcMs: utcMs });
      }
    } catch {
      // The list begins empty; whoever keeps the journal says what is wrong with it.
    }
  }
}
