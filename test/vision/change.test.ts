import { beforeEach, describe, expect, test } from 'bun:test';
import type { FrameRef } from '../../hal/contract/camera.ts';
import { Random } from '../../hal/sim/random.ts';
import { PixelWatch } from '../../src/vision/change.ts';

const widthPx = 640;
const heightPx = 480;

/** A room: a window, a door and a floor, with shades in between. */
function room(light = 1): Float32Array {
  const grey = new Float32Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      let level = 90 + 40 * Math.sin(x / 90) + (y > 330 ? -30 : 0);
      if (x > 420 && x < 520 && y > 80) level = 60;
      if (x > 60 && x < 180 && y > 60 && y < 200) level = 190;
      grey[y * widthPx + x] = level * light;
    }
  }
  return grey;
}

function disc(grey: Float32Array, atX: number, atY: number, radiusX: number, radiusY: number, level: number) {
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      if (((x - atX) / radiusX) ** 2 + ((y - atY) / radiusY) ** 2 < 1) grey[y * widthPx + x] = level;
    }
  }
}

let pixels: Uint8Array;
let watch: PixelWatch;
let seq = 0;
const random = Random.seeded(7).child('sensor');

function glance(grey: Float32Array, noise = 3) {
  pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < grey.length; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const level = grey[i]! + random.uniform(-1, 1) * noise * 1.73;
      pixels[i * 3 + channel] = Math.max(0, Math.min(255, Math.round(level)));
    }
  }
  const frame: FrameRef = {
    seq: ++seq,
    slot: 0,
    receivedAtMs: seq * 500,
    widthPx,
    heightPx,
    format: 'rgb24',
  };
  return watch.glance(frame);
}

beforeEach(() => {
  watch = new PixelWatch(() => pixels);
});

describe('the glance', () => {
  test('calls the first picture a change, and nothing after that while the room rests', () => {
    expect(glance(room()).changed).toBe(true);
    watch.settle();
    for (let i = 0; i < 20; i++)
      expect(glance(room())).toEqual({ state: 'good', changed: false, identical: false });
  });

  test('bears a noisy sensor', () => {
    glance(room(), 12);
    watch.settle();
    for (let i = 0; i < 10; i++) expect(glance(room(), 12).changed).toBe(false);
  });

  test('bears light that changes evenly, as by a cloud or by automatic exposure', () => {
    glance(room());
    watch.settle();
    expect(glance(room(0.8)).changed).toBe(false);
    expect(glance(room(1.2)).changed).toBe(false);
  });

  test('sees the head of somebody who is still too far to be recognised', () => {
    glance(room());
    watch.settle();
    const grey = room();
    disc(grey, 320, 200, 16, 20, 150); // eyes some 14 px apart
    expect(glance(grey).changed).toBe(true);
  });

  test('sees somebody near at once, and rests again when that picture is settled', () => {
    glance(room());
    watch.settle();
    const grey = room();
    disc(grey, 320, 240, 90, 120, 150);
    expect(glance(grey).changed).toBe(true);
    watch.settle();
    expect(glance(grey).changed).toBe(false);
    expect(glance(room()).changed).toBe(true);
  });

  test('notices a picture that is repeated to the last pixel', () => {
    expect(glance(room(), 0).identical).toBe(false);
    expect(glance(room(), 0).identical).toBe(true);
    expect(glance(room(), 1).identical).toBe(false);
  });

  test('tells no light, nothing to see and garbage from a picture', () => {
    expect(glance(room()).state).toBe('good');
    expect(glance(room(0.15)).state).toBe('good');
    expect(glance(new Float32Array(widthPx * heightPx).fill(2)).state).toBe('black');
    expect(glance(new Float32Array(widthPx * heightPx).fill(250), 1).state).toBe('flat');
    expect(glance(new Float32Array(widthPx * heightPx).fill(128), 120).state).toBe('garbled');
  });

  test('starts anew with a picture of another size', () => {
    glance(room());
    watch.settle();
    pixels = new Uint8Array(320 * 240 * 3).fill(80);
    const frame: FrameRef = {
      seq: 1,
      slot: 0,
      receivedAtMs: 0,
      widthPx: 320,
      heightPx: 240,
      format: 'rgb24',
    };
    expect(watch.glance(frame)).toMatchObject({ changed: true, identical: false });
  });
});
