import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readWeights, type WeightManifest } from '../../../src/models/convert/weight-manifest.ts';

type Entry = WeightManifest[number]['weights'][number];

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });

describe('weights', () => {
  test('of every type stand back to back and are read as they were', () => {
    fc.assert(
      fc.property(
        fc.array(float32),
        fc.uint8Array(),
        fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        float32,
        float32,
        (floats, bytes, integers, scale, min) => {
          const weights = read(
            [
              { name: 'floats', shape: [floats.length], dtype: 'float32' },
              {
                name: 'bytes',
                shape: [1, bytes.length],
                dtype: 'float32',
                quantization: { dtype: 'uint8', scale, min },
              },
              { name: 'integers', shape: [integers.length], dtype: 'int32' },
            ],
            [littleEndian(floats, 'setFloat32'), bytes, littleEndian(integers, 'setInt32')],
          );
          expect([...weights.floats('floats')]).toEqual(floats);
          expect([...weights.floats('bytes')]).toEqual([...bytes].map((q) => Math.fround(q * scale + min)));
          expect(weights.get('bytes').quantized).toEqual({ bytes, scale, min });
          expect([...weights.get('integers').values]).toEqual(integers);
        },
      ),
    );
  });

  test('of two bytes are IEEE half floats', () => {
    // Every finite half float: the encoding has 65,536 values.
    const codes = Array.from({ length: 65_536 }, (_, code) => code).filter(
      (code) => (code & 0x7c00) !== 0x7c00,
    );
    const bytes = new Uint8Array(codes.length * 2);
    codes.forEach((code, index) => {
      bytes.set([code & 0xff, code >> 8], index * 2);
    });
    const weights = read(
      [
        {
          name: 'halves',
          shape: [codes.length],
          dtype: 'float32',
          quantization: { dtype: 'float16' },
        },
      ],
      [bytes],
    );
    expect([...weights.floats('halves')]).toEqual(codes.map(halfFloat));
  });

  test('that are whole numbers kept as bytes are rounded', () => {
    const quantization = { dtype: 'uint8', scale: 0.3, min: -1 } as const;
    const weights = read(
      [{ name: 'w', shape: [3], dtype: 'int32', quantization }],
      [Uint8Array.of(0, 4, 10)],
    );
    expect([...weights.get('w').values]).toEqual([-1, 0, 2]);
  });

  test('may continue in the next file of their group', () => {
    const manifest = [{ paths: ['a', 'b'], weights: [{ name: 'w', shape: [2], dtype: 'float32' as const }] }];
    const whole = littleEndian([1.5, -2], 'setFloat32');
    const weights = readWeights(manifest, (path) => (path === 'a' ? whole.slice(0, 3) : whole.slice(3)));
    expect([...weights.floats('w')]).toEqual([1.5, -2]);
  });

  test('that end early are refused, with the name of the weight that is cut', () => {
    const entries: Entry[] = [
      { name: 'first', shape: [2], dtype: 'float32' },
      { name: 'conv/filters', shape: [2, 2], dtype: 'float32' },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 23 }), (length) => {
        expect(() => read(entries, [new Uint8Array(length)])).toThrow(
          `ends early: weight conv/filters needs bytes 8 to 24, the file has ${length}`,
        );
      }),
    );
  });

  test('with bytes left over are refused: the manifest is of another file', () => {
    const entries: Entry[] = [{ name: 'w', shape: [], dtype: 'int32' }];
    expect(() => read(entries, [new Uint8Array(5)])).toThrow('has 5 bytes, its manifest speaks of 4');
  });

  test('that are not there are named', () => {
    expect(() => read([], [])).not.toThrow();
    expect(() => read([], []).get('fc/bias')).toThrow('There is no weight named fc/bias');
  });
});

function read(weights: Entry[], parts: readonly Uint8Array[]) {
  const data = Uint8Array.from(parts.flatMap((part) => [...part]));
  return readWeights([{ paths: ['weights.bin'], weights }], () => data);
}

function littleEndian(values: readonly number[], set: 'setFloat32' | 'setInt32'): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    view[set](index * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** IEEE 754, binary16: sign, five bits of exponent, ten of fraction. */
function halfFloat(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const fraction = (code & 0x3ff) / 1024;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}
