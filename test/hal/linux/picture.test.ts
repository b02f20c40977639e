import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { HalError, type HalErrorKind } from '../../../hal/contract/errors.ts';
import {
  type DecodedPicture,
  decodePicture,
  defaultDecodeLimits,
  listPictures,
} from '../../../hal/linux/picture.ts';

let folder: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-picture-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** 8 x 4, left half red, right half blue. */
function redBlue(): sharp.Sharp {
  const pixels = Buffer.alloc(8 * 4 * 3);
  for (let i = 0; i < 32; i++) pixels[i * 3 + (i % 8 < 4 ? 0 : 2)] = 255;
  return sharp(pixels, { raw: { width: 8, height: 4, channels: 3 } });
}

async function write(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

function decode(path: string, limits = defaultDecodeLimits): Promise<DecodedPicture> {
  return decodePicture(path, limits, signal);
}

async function refusal(work: Promise<unknown>): Promise<HalError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HalError)) throw error;
  return error;
}

function colourAt(picture: DecodedPicture, x: number, y: number): 'red' | 'blue' | 'other' {
  const [red = 0, green = 0, blue = 0] = picture.pixels.subarray((y * picture.widthPx + x) * 3);
  if (red > 150 && green < 90 && blue < 110) return 'red';
  if (blue > 110 && red < 110 && green < 110) return 'blue';
  return 'other';
}

describe('a picture of any make decodes to upright 8-bit RGB', () => {
  const makes: Record<string, () => Promise<Buffer>> = {
    'rgb.png': () => redBlue().png().toBuffer(),
    'rgb.jpg': () => redBlue().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
    'sixteen-bit.png': () => redBlue().toColourspace('rgb16').png().toBuffer(),
    'cmyk.jpg': () =>
      redBlue().toColourspace('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
    'opaque-alpha.png': () => redBlue().ensureAlpha().png().toBuffer(),
    'palette.png': () => redBlue().png({ palette: true }).toBuffer(),
    'lossless.webp': () => redBlue().webp({ lossless: true }).toBuffer(),
    'still.gif': () => redBlue().gif().toBuffer(),
    'deflated.tiff': () => redBlue().tiff({ compression: 'deflate' }).toBuffer(),
  };
  for (const [name, make] of Object.entries(makes)) {
    test(name, async () => {
      const picture = await decode(await write(name, await make()));
      expect([picture.widthPx, picture.heightPx, picture.pixels.length]).toEqual([8, 4, 8 * 4 * 3]);
      expect([colourAt(picture, 1, 1), colourAt(picture, 6, 2)]).toEqual(['red', 'blue']);
    });
  }

  test('a grey picture has three equal channels', async () => {
    for (const depth of ['b-w', 'grey16'] as const) {
      const path = await write(`${depth}.png`, await redBlue().toColourspace(depth).png().toBuffer());
      const { pixels } = await decode(path);
      expect(pixels.length).toBe(8 * 4 * 3);
      expect([pixels[1], pixels[2]]).toEqual([pixels[0], pixels[0]]);
      expect(pixels[0]).toBeGreaterThan(20);
      expect(pixels[0]).toBeLessThan(200);
    }
  });

  test('what is transparent becomes white', async () => {
    const clear = sharp({
      create: { width: 2, height: 2, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    });
    const picture = await decode(await write('clear.png', await clear.png().toBuffer()));
    expect([...picture.pixels]).toEqual(new Array(12).fill(255));
  });

  test('each EXIF orientation turns the picture upright', async () => {
    // Where the red half, left in the stored picture, is afterwards: EXIF 2.3, tag 0x0112.
    const redSide = ['left', 'right', 'right', 'left', 'top', 'top', 'bottom', 'bottom'];
    for (const [index, side] of redSide.entries()) {
      const orientation = index + 1;
      const bytes = await redBlue().withMetadata({ orientation }).png().toBuffer();
      const picture = await decode(await write(`orientation-${orientation}.png`, bytes));
      const turned = orientation >= 5;
      expect([picture.widthPx, picture.heightPx]).toEqual(turned ? [4, 8] : [8, 4]);
      expect([picture.originalWidthPx, picture.originalHeightPx]).toEqual(turned ? [4, 8] : [8, 4]);
      const found =
        colourAt(picture, 0, 0) === 'red'
          ? colourAt(picture, picture.widthPx - 1, 0) === 'red'
            ? 'top'
            : 'left'
          : colourAt(picture, picture.widthPx - 1, 0) === 'red'
            ? 'right'
            : 'bottom';
      expect(found).toBe(side);
    }
  });

  test('of an animation the first frame is taken', async () => {
    const second = sharp({ create: { width: 8, height: 4, channels: 3, background: '#00ff00' } });
    const frames = [await redBlue().png().toBuffer(), await second.png().toBuffer()];
    const path = await write(
      'animated.gif',
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    const picture = await decode(path);
    expect([picture.widthPx, picture.heightPx]).toEqual([8, 4]);
    expect(colourAt(picture, 1, 1)).toBe('red');
  });

  test('one pixel is a picture', async () => {
    const one = sharp({ create: { width: 1, height: 1, channels: 3, background: '#0a0b0c' } });
    expect([...(await decode(await write('one.png', await one.png().toBuffer()))).pixels]).toEqual([
      10, 11, 12,
    ]);
  });

  test('a picture of 12,000 px is shrunk to the longest side asked for, and says how large it was', async () => {
    const wide = sharp({ create: { width: 12_000, height: 300, channels: 3, background: '#808080' } });
    const picture = await decode(await write('wide.jpg', await wide.jpeg().toBuffer()));
    expect(picture).toMatchObject({
      widthPx: 4096,
      heightPx: 102,
      originalWidthPx: 12_000,
      originalHeightPx: 300,
    });
  });

  test('a file that is written again gives the new picture', async () => {
    const path = await write('again.png', await redBlue().png().toBuffer());
    await decode(path);
    await write('again.png', await redBlue().flop().png().toBuffer());
    expect(colourAt(await decode(path), 1, 1)).toBe('blue');
  });

  test('a name with a space, an emoji and quotes is a name like another', async () => {
    const path = await write(`it's "me" 🙂 [1].png`, await redBlue().png().toBuffer());
    expect((await decode(path)).widthPx).toBe(8);
  });
});

describe('what is no usable picture is refused with its path and the reason', () => {
  async function expectRefused(path: string, kind: HalErrorKind, message: RegExp): Promise<void> {
    const error = await refusal(decode(path));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(path);
    expect(error.message).toMatch(message);
  }

  test('an empty file', async () => expectRefused(await write('empty.jpg', ''), 'invalid-argument', /empty/));
  test('text', async () =>
    expectRefused(await write('text.jpg', 'no picture'), 'invalid-argument', /no picture/));
  test('a folder', async () => expectRefused(folder, 'invalid-argument', /is a folder/));
  test('nothing there', async () => expectRefused(join(folder, 'none.jpg'), 'not-found', /is not there/));
  test('a drawing program', async () =>
    expectRefused(
      await write('drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'),
      'unsupported',
      /SVG/,
    ));

  test('a JPEG, PNG, WebP or GIF that is cut off at any place', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
    const picture = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const whole = {
      'cut.jpg': await picture().jpeg().toBuffer(),
      'cut.png': await picture().png().toBuffer(),
      'cut.webp': await picture().webp().toBuffer(),
      'cut.gif': await picture().gif().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(whole)) {
      for (const share of [0.02, 0.3, 0.6, 0.9]) {
        const path = await write(name, bytes.subarray(0, Math.ceil(bytes.length * share)));
        expect((await refusal(decode(path))).kind).toBe('invalid-argument');
      }
    }
  });

  test('a small file that claims an enormous picture, before it is decoded', async () => {
    const error = await refusal(decode(await write('bomb.png', pngOfSize(60_000, 60_000))));
    expect(error.kind).toBe('invalid-argument');
    expect(error.message).toContain('60000x60000');
  });

  test('a named pipe, which would wait for ever', async () => {
    const path = join(folder, 'pipe.jpg');
    Bun.spawnSync(['mkfifo', path]);
    await expectRefused(path, 'invalid-argument', /no plain file/);
  });

  test('abort rejects with the reason of the signal', async () => {
    const path = await write('abort.png', await redBlue().png().toBuffer());
    const reason = new Error('enough');
    const controller = new AbortController();
    const decoding = decodePicture(path, defaultDecodeLimits, controller.signal);
    controller.abort(reason);
    expect(await decoding.catch((error: unknown) => error)).toBe(reason);
  });
});

describe('the pictures of a folder', () => {
  test('are found in sub-folders, in a fixed order, without hidden files, loops and other files', async () => {
    const root = join(folder, 'people');
    await mkdir(join(root, 'Bea/old'), { recursive: true });
    await mkdir(join(root, '.cache'));
    for (const name of [
      'b.JPG',
      'Bea/2.png',
      'Bea/old/1.webp',
      'a "b" 🙂.jpeg',
      '.hidden.jpg',
      '.cache/x.jpg',
      'notes.txt',
    ]) {
      await writeFile(join(root, name), 'x');
    }
    await symlink(root, join(root, 'Bea/old/up'));
    await symlink('.', join(root, 'here'));
    const { pictures, problems } = await listPictures(root, signal);
    expect(pictures.map((path) => path.slice(root.length + 1))).toEqual([
      'Bea/2.png',
      'Bea/old/1.webp',
      'a "b" 🙂.jpeg',
      'b.JPG',
    ]);
    expect(problems).toEqual([]);
  });

  test('come with what should be a picture and cannot be one', async () => {
    const root = join(folder, 'problems');
    await mkdir(root);
    await writeFile(join(root, 'good.png'), 'x');
    await writeFile(join(root, 'phone.HEIC'), 'x');
    await symlink('gone.jpg', join(root, 'broken.jpg'));
    await symlink('self.jpg', join(root, 'self.jpg'));
    const { pictures, problems } = await listPictures(root, signal);
    expect(pictures).toEqual([join(root, 'good.png')]);
    expect(problems.map(({ path, error }) => [path.slice(root.length + 1), error.kind])).toEqual([
      ['broken.jpg', 'not-found'],
      ['phone.HEIC', 'unsupported'],
      ['self.jpg', 'invalid-argument'],
    ]);
  });

  test.skipIf(process.getuid?.() === 0)(
    'are listed although one folder may not be read (skipped as root, who may read everything)',
    async () => {
      const root = join(folder, 'locked');
      await mkdir(join(root, 'closed'), { recursive: true, mode: 0o000 });
      await writeFile(join(root, 'good.png'), 'x');
      const { pictures, problems } = await listPictures(root, signal);
      expect(pictures).toEqual([join(root, 'good.png')]);
      expect(problems[0]?.error.kind).toBe('permission');
    },
  );

  test('can be thousands', async () => {
    const root = join(folder, 'many');
    await mkdir(root);
    await Promise.all(Array.from({ length: 3000 }, (_, i) => writeFile(join(root, `${i}.jpg`), '')));
    expect((await listPictures(root, signal)).pictures).toHaveLength(3000);
  });

  test('are an error when there is no such folder, or it is a file', async () => {
    expect((await refusal(listPictures(join(folder, 'nowhere'), signal))).kind).toBe('not-found');
    const file = await write('file.jpg', 'x');
    expect((await refusal(listPictures(file, signal))).kind).toBe('invalid-argument');
  });
});

/** A PNG file of some hundred bytes whose header claims the size (PNG specification, section 11.2.2). */
function pngOfSize(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8); // 8-bit grey
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(new Uint8Array(100))),
    chunk('IEND', new Uint8Array()),
  ]);
}
