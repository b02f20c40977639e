import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { IncomingGuard, mostPacketBytes } from '../../../src/house/mqtt/incoming.ts';

/** A packet with a body of so many bytes. */
function packet(bodyBytes: number): Uint8Array {
  const header = [0x30];
  let rest = bodyBytes;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return Uint8Array.from([...header, ...new Uint8Array(bodyBytes).fill(0xff)]);
}

function inPieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe('what a broker sends', () => {
  test('is read however it is cut into pieces, while no packet is too long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
        (bodies, sizes) => {
          const guard = new IncomingGuard(() => 0);
          const bytes = Buffer.concat(bodies.map(packet));
          expect(
            inPieces(bytes, sizes)
              .map((piece) => guard.whyNot(piece) ?? '')
              .join(''),
          ).toBe('');
          // The guard is at the beginning of a packet again: a long one is still seen.
          expect(guard.whyNot(packet(mostPacketBytes + 1))).toContain('too long');
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is refused by its announced length, before the body has come', () => {
    expect(new IncomingGuard(() => 0).whyNot(packet(mostPacketBytes))).toBeUndefined();
    expect(new IncomingGuard(() => 0).whyNot(packet(mostPacketBytes + 1).subarray(0, 4))).toContain(
      'too long',
    );
  });

  test('is refused where a length has no end', () => {
    expect(new IncomingGuard(() => 0).whyNot(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toContain(
      'not speak MQTT',
    );
  });

  test('is refused as a flood, and counted anew after ten seconds', () => {
    let nowMs = 0;
    const guard = new IncomingGuard(() => nowMs);
    const long = packet(60_000);
    const second = () => {
      nowMs += 1_000;
      return Array.from({ length: 3 }, () => guard.whyNot(long) ?? '').join('');
    };
    expect(Array.from({ length: 40 }, second).join('')).toBe('');
    const flood = Array.from({ length: 50 }, () => guard.whyNot(long));
    expect(flood.some((why) => why?.includes('floods'))).toBe(true);
  });
});
