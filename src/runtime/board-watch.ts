import type { BoardSensors } from '../../hal/contract/board-sensors.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { BoardEased, BoardStrained } from '../../machines/events.ts';
import { type StrainKind, strainOf } from '../decide/strain.ts';

/** Heat and memory change over seconds; a reading costs some dozen small files. */
const readEveryMs = 10_000;

/**
 * Tells whenever the board begins to suffer from something, from something else, or from nothing any more, until the
 * signal is aborted. Sensors that cannot be read tell nothing.
 */
export async function watchBoard(
  sensors: BoardSensors,
  clock: Clock,
  tell: (event: BoardStrained | BoardEased) => void,
  signal: AbortSignal,
): Promise<void> {
  let before: StrainKind | null = null;
  try {
    for (;;) {
      const reading = await clock.track(sensors.read()).catch(() => undefined);
      signal.throwIfAborted();
      if (reading !== undefined) {
        const strain = strainOf(reading, before);
        if (strain !== null && strain.kind !== before) {
          tell({ type: 'BOARD.STRAINED', strain: strain.kind, reason: strain.reason });
        }
        if (strain === null && before !== null) tell({ type: 'BOARD.EASED' });
        before = strain?.kind ?? null;
      }
      await clock.sleep(readEveryMs, signal);
    }
  } catch {
    // Aborted: the device does not operate any more.
  }
}
