import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { hardwarePicture } from '../../src/charts/write-wiring.ts';

test('the picture in docs/hardware.md is the one that the pin tables give (bun src/charts/write-wiring.ts)', async () => {
  const drawn = await Bun.file(resolve(import.meta.dir, '../../docs/wiring.svg')).text();
  expect(drawn).toBe(hardwarePicture());
});

test('it shows the lines of the pins that the lamps are wired to', () => {
  const picture = hardwarePicture();
  expect(picture).toContain('BCM 4, line 216 · 7');
  expect(picture).toContain('BCM 17, line 50 · 11');
});
