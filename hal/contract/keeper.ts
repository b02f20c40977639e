import type { Device } from './device.ts';

/** How an actuator is held. All of it is enforced by the keeper, whatever the firmware does. */
export interface ActuatorLine {
  readonly name: string;
  /** The level the line has between grants, while a client is there. */
  readonly safeOn: boolean;
  /**
   * The level the line has while there is no client: before the first, and after one that went or fell silent. As
   * `safeOn` where it is not given; the other one for a lock that must open then.
   */
  readonly lostOn?: boolean;
  /** The longest time the line may be away from its safe level for one grant. */
  readonly maxOnMs: number;
  /** Lines that are never away from their safe level at the same time share a group name. */
  readonly interlock?: string;
  /** A line that went safe is not granted again for so long; the keeper's and guard's own time where it is not given. */
  readonly rearmMs?: number;
}

/**
 * The holder of the actuator lines: a small process of its own on a board, a twin in simulation. A grant is a
 * lease; when it is not renewed the keeper writes the safe level, and when the client's connection ends or falls silent,
 * the level of a line without a client. It writes that level before and after it takes a line, and before it lets go.
 */
export interface LineKeeper extends Device {
  /**
   * Holds `line` away from its safe level for `leaseMs`, counted by the keeper from receipt. A running lease is
   * renewed by `renew`, never past the line's `maxOnMs` from its grant. Rejects with `invalid-argument` for an
   * unknown line, `busy` when the interlock or the re-arm time forbids it, `io` when the line reads back wrong.
   */
  grant(line: string, leaseMs: number): Promise<void>;
  renew(line: string, leaseMs: number): Promise<void>;
  /** Writes the safe level now. */
  release(line: string): Promise<void>;
  /** The line as it is: true = on. */
  read(line: string): Promise<boolean>;
}
