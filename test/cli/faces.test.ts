import { afterEach, expect, test } from 'bun:test';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { demoFolder, groupPhotos, objects, type SeenObject, vigilFaces } from './faces-run.ts';

afterEach(removeTemporary);

const people = join(demoFolder, 'people');
const visitors = join(demoFolder, 'visitors');
const anotherDay = join(visitors, 'ana-another-day.jpg');

test('detect lists every face of the group photos, with box, landmarks, quality and decision', async () => {
  const ran = await vigilFaces('detect', '--input', groupPhotos, '--state', temporaryFolder(), '--json');
  expect(ran.exitCode).toBe(0);
  const seen = objects<SeenObject>(ran);
  const counts = Object.fromEntries(seen.map(({ input, faces }) => [basename(input), faces.length]));
  expect(counts).toMatchObject({
    'sample1.jpg': 3,
    'sample2.jpg': 3,
    'sample3.jpg': 3,
    'sample4.jpg': 4,
    'sample5.jpg': 5,
    'sample6.jpg': 4,
    'facemesh.png': 0,
  });
  const photo = seen.find(({ input }) => input.endsWith('sample3.jpg'))!;
  expect(photo).toMatchObject({ frame: 0, timestampMs: 0, widthPx: 1920, heightPx: 1350 });
  const face = photo.faces[0]!;
  expect(face.landmarks).toHaveLength(68);
  expect(Object.keys(face.quality)).toEqual([
    'eyeDistancePx',
    'sharpness',
    'brightness',
    'contrast',
    'yawRatio',
    'rollDeg',
    'covered',
  ]);
  expect(face.decision).toBe('usable');
  const eye = face.landmarks[36]!;
  expect(eye[0]).toBeGreaterThan(face.box.x);
  expect(eye[0]).toBeLessThan(face.box.x + face.box.width);
  // What would not be recognised is listed all the same, with the reason.
  const turned = seen.flatMap(({ faces }) => faces).filter(({ decision }) => decision === 'turned');
  expect(turned.length).toBeGreaterThan(0);
  expect(turned[0]?.reason).toMatch(/head (turned|tilted) by .* at most/);
});

test('recognise names the woman from another photo, and not the one who looks like her', async () => {
  const state = temporaryFolder();
  const ran = await vigilFaces(
    'recognise',
    ...['--input', visitors, '--dataset', people, '--state', state, '--json'],
  );
  expect(ran.exitCode).toBe(0);
  const faces = Object.fromEntries(
    objects<SeenObject>(ran).map(({ input, faces }) => [basename(input, '.jpg'), faces[0]!]),
  );
  expect(faces['ana-another-day']).toMatchObject({ decision: 'known', name: 'Ana', track: null });
  expect(faces['ana-another-day']?.distance).toBeLessThan(0.1);
  expect(faces['ana-another-day']?.secondName).toBeString();
  expect(faces['ana-another-day']?.reason).toMatch(/^Ana is nearest at 0\.0[78]\d, within 0\.125/);
  const likeAna = faces['stranger-like-ana']!;
  expect(likeAna).toMatchObject({ decision: 'unknown', name: null });
  expect(likeAna.distance).toBeWithin(0.1, 0.15);
  expect(faces.stranger).toMatchObject({ decision: 'unknown', name: null });
  // The table says the same, and the people stay stored although their pictures are not looked at again.
  const table = await vigilFaces(
    'recognise',
    ...['--input', anotherDay, '--dataset', people, '--state', state],
  );
  expect(table.out).toMatch(/PICTURE +FACE +DECISION +NAME +DISTANCE/);
  expect(table.out).toMatch(/ana-another-day\.jpg +1 +known +Ana +0\.0[78]\d/);
});

test('--expect decides the exit code: a name in every picture, or nobody named', async () => {
  const folder = temporaryFolder();
  copyFileSync(anotherDay, join(folder, 'one.jpg'));
  const expecting = async (input: string, name: string) =>
    vigilFaces('recognise', ...['--input', input, '--dataset', people, '--state', state, '--expect', name]);
  const state = temporaryFolder();
  expect((await expecting(folder, 'ANA')).exitCode).toBe(0);
  const wrong = await expecting(folder, 'Anna');
  expect(wrong.exitCode).toBe(1);
  expect(wrong.err).toContain("Nobody is known as Anna (did you mean 'Ana'?)");
  expect(wrong.err).toContain('found in 0 of 1');
  expect((await expecting(join(visitors, 'stranger.jpg'), 'unknown')).exitCode).toBe(0);
  expect((await expecting(folder, 'unknown')).exitCode).toBe(1);
  writeFileSync(join(folder, 'two.jpg'), 'no picture');
  const half = await expecting(folder, 'Ana');
  expect([half.exitCode, half.err.includes('found in 1 of 2')]).toEqual([1, true]);
});

test('with nobody known everybody is unknown, and how to begin is said', async () => {
  const empty = temporaryFolder();
  const ran = await vigilFaces(
    'recognise',
    ...['--input', anotherDay, '--dataset', empty, '--state', temporaryFolder()],
  );
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain('nobody is enrolled');
  expect(ran.err).toContain('vigil faces enrol NAME');
});

test('embed gives unit vectors with the id of their pipeline, whatever the gate says', async () => {
  const ran = await vigilFaces(
    'embed',
    ...['--input', join(groupPhotos, 'sample2.jpg'), '--state', temporaryFolder(), '--json'],
  );
  const [photo] = objects<SeenObject>(ran);
  expect(photo?.faces).toHaveLength(3);
  expect(photo?.faces.map(({ decision }) => decision)).toContain('turned');
  for (const { embedding, model } of photo!.faces) {
    expect(embedding).toHaveLength(128);
    expect(Math.hypot(...embedding!)).toBeCloseTo(1, 5);
    expect(model).toContain('dlib68-150-0.25-flip');
  }
});

test('no format of a picture gives an error, or a wrong name', async () => {
  const folder = temporaryFolder();
  const into = (name: string) => join(folder, name);
  const photo = () => sharp(anotherDay);
  await photo().toColourspace('rgb16').png().toFile(into('16 bit.png'));
  await photo().toColourspace('cmyk').jpeg({ quality: 95 }).toFile(into('cmyk.jpg'));
  await photo().greyscale().toFile(into('grey.jpg'));
  await photo().ensureAlpha(0.9).png().toFile(into('alpha.png'));
  await photo().webp({ quality: 95 }).toFile(into('portrait.webp'));
  await photo()
    .withMetadata({ orientation: 6 })
    .rotate(270)
    .withMetadata({ orientation: 6 })
    .toFile(into('turned.jpg'));
  const small = await photo().resize(240).png().toBuffer();
  await sharp([small, await sharp(small).negate().png().toBuffer()], { join: { animated: true } })
    .gif()
    .toFile(into('animated.gif'));
  // The face fills a third of the height, as in a panorama.
  const { width: w = 0, height: h = 0 } = await photo().metadata();
  await photo()
    .extend({
      left: 6000 - Math.floor(w / 2),
      right: 6000 - Math.ceil(w / 2),
      top: h,
      bottom: h,
      background: '#777',
    })
    .toFile(into('12000 px wide.jpg'));
  await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toFile(into('1x1.png'));
  mkdirSync(into('with "quotes" & \'apostrophes\''));
  copyFileSync(anotherDay, join(into('with "quotes" & \'apostrophes\''), '👩‍🚒 <ñ> 山田.JPG'));
  const save = temporaryFolder();
  const ran = await vigilFaces(
    'recognise',
    ...['--input', folder, '--dataset', people, '--state', temporaryFolder(), '--save', save, '--json'],
  );
  expect(ran.exitCode).toBe(0);
  // Progress is told where it takes long.
  expect(ran.err.replaceAll(/^pictures \d+ of \d+ .*$/gm, '').trim()).toBe('');
  const names = Object.fromEntries(
    objects<SeenObject>(ran).map(({ input, faces }) => [basename(input), faces.map(({ name }) => name)]),
  );
  expect(names['1x1.png']).toEqual([]);
  for (const same of [
    '16 bit.png',
    'cmyk.jpg',
    'alpha.png',
    'portrait.webp',
    'turned.jpg',
    '👩‍🚒 <ñ> 山田.JPG',
  ]) {
    expect(`${same}: ${names[same]}`).toBe(`${same}: Ana`);
  }
  for (const [file, found] of Object.entries(names)) {
    for (const name of found) expect(`${file}: ${name ?? 'Ana'}`).toBe(`${file}: Ana`);
  }
  const wide = objects<SeenObject>(ran).find(({ input }) => input.endsWith('12000 px wide.jpg'));
  expect(wide).toMatchObject({ widthPx: 4096, originalWidthPx: 12_000 });
  expect(readdirSync(save).sort()).toEqual(
    readdirSync(folder)
      .sort()
      .map((name) => (name.startsWith('with') ? name : `${name}.recognise.jpg`)),
  );
}, 20_000);

test('what is no picture is said and stops nothing', async () => {
  const folder = temporaryFolder();
  const into = (name: string) => join(folder, name);
  copyFileSync(anotherDay, into('good.jpg'));
  copyFileSync(anotherDay, into('cut off.jpg'));
  truncateSync(into('cut off.jpg'), 4000);
  writeFileSync(into('empty.png'), '');
  writeFileSync(into('text "in disguise".jpg'), 'this is no picture');
  writeFileSync(into('bomb.png'), pngThatClaims(60_000, 60_000));
  writeFileSync(into('phone.heic'), 'x');
  writeFileSync(into('notes.txt'), 'left out in silence');
  symlinkSync(folder, into('loop'));
  symlinkSync(into('nowhere'), into('dangling.jpg'));
  symlinkSync(into('itself.jpg'), into('itself.jpg'));
  copyFileSync(anotherDay, into('secret.jpg'));
  chmodSync(into('secret.jpg'), 0o000);
  const isRoot = process.getuid?.() === 0;

  const ran = await vigilFaces('detect', '--input', folder, '--state', temporaryFolder(), '--json');
  expect(ran.exitCode).toBe(0);
  const seen = objects<SeenObject>(ran);
  const errors = Object.fromEntries(
    seen.flatMap(({ input, error }) => (error === undefined ? [] : [[basename(input), error]])),
  );
  expect(Object.keys(errors).sort()).toEqual(
    [
      'bomb.png',
      'cut off.jpg',
      'dangling.jpg',
      'empty.png',
      'itself.jpg',
      'phone.heic',
      'text "in disguise".jpg',
      ...(isRoot ? [] : ['secret.jpg']),
    ].sort(),
  );
  expect(errors['bomb.png']).toContain('60000x60000 pixels; at most');
  expect(errors['empty.png']).toContain('empty (0 bytes)');
  expect(errors['phone.heic']).toContain('convert it to JPEG');
  for (const message of Object.values(errors)) expect(ran.err).toContain(message);
  expect(seen.filter(({ error }) => error === undefined).map(({ input }) => basename(input))).toContain(
    'good.jpg',
  );
});

test('with no picture that can be looked at the exit code is 2, and nothing is unexpected', async () => {
  const folder = temporaryFolder();
  const state = temporaryFolder();
  const detect = (input: string) => vigilFaces('detect', '--input', input, '--state', state);
  const bad = join(folder, 'bad.jpg');
  writeFileSync(bad, 'x');
  writeFileSync(join(folder, 'worse.png'), '');
  mkdirSync(join(folder, 'nothing'));
  writeFileSync(join(folder, 'notes.txt'), 'no picture and no video');
  for (const [input, message] of [
    [bad, 'no picture that can be read'],
    [folder, 'None of 2 pictures'],
    [join(folder, 'nothing'), 'there is no picture in this folder'],
    [join(folder, 'missing.jpg'), 'there is no such file, folder or device'],
    ['gopher://example', 'not supported'],
  ] as const) {
    const ran = await detect(input);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(message);
    expect(ran.err).not.toContain('unexpected');
  }
  const missing = await vigilFaces('detect', '--state', state);
  expect([missing.exitCode, missing.err.includes('--input FILE')]).toEqual([2, true]);
  const dataset = await vigilFaces(
    'recognise',
    ...['--input', anotherDay, '--state', state, '--dataset', join(folder, 'missing')],
  );
  expect([dataset.exitCode, dataset.err.includes('cannot be read')]).toEqual([2, true]);
  const timed = await vigilFaces('detect', '--input', anotherDay, '--seconds', '3', '--state', state);
  expect([timed.exitCode, timed.err.includes('for a video or a camera')]).toEqual([2, true]);
});

test('a device that is not there is exit code 3', async () => {
  const ran = await vigilFaces('detect', '--input', '/dev/video99', '--state', temporaryFolder());
  expect(ran.exitCode).toBe(3);
  expect(ran.err).toContain('/dev/video99');
});

test('annotated pictures never take the place of what is looked at, nor are they looked at', async () => {
  const folder = temporaryFolder();
  const save = join(folder, 'seen');
  const state = temporaryFolder();
  copyFileSync(anotherDay, join(folder, 'a.jpg'));
  const original = readFileSync(join(folder, 'a.jpg'));
  const detect = (...words: string[]) => vigilFaces('detect', '--state', state, '--json', ...words);
  const first = await detect('--input', folder, '--save', save);
  const again = await detect('--input', folder, '--save', save);
  expect([objects(first).length, objects(again).length]).toEqual([1, 1]);
  expect(readdirSync(save)).toEqual(['a.jpg.detect.jpg']);
  const same = await detect('--input', folder, '--save', folder);
  expect([same.exitCode, same.err.includes('another folder')]).toEqual([2, true]);
  // A single picture may be saved beside itself.
  expect((await detect('--input', join(folder, 'a.jpg'), '--save', folder)).exitCode).toBe(0);
  expect(existsSync(join(folder, 'a.jpg.detect.jpg'))).toBe(true);
  // A link where the annotated picture goes is replaced, and what it points to stays.
  symlinkSync(join(folder, 'a.jpg'), join(folder, 'b.jpg.detect.jpg'));
  copyFileSync(anotherDay, join(folder, 'b.jpg'));
  await detect('--input', join(folder, 'b.jpg'), '--save', folder);
  expect(readFileSync(join(folder, 'a.jpg')).equals(original)).toBe(true);
  // The folder above holds a name that its own sub-folder would be written to.
  const above = temporaryFolder();
  mkdirSync(join(above, 'in/in'), { recursive: true });
  copyFileSync(anotherDay, join(above, 'in/in/x.jpg'));
  copyFileSync(anotherDay, join(above, 'in/x.jpg.detect.jpg'));
  const inner = readFileSync(join(above, 'in/x.jpg.detect.jpg'));
  const refused = await detect('--input', join(above, 'in'), '--save', above);
  expect([refused.exitCode, refused.err.includes('is one of the pictures')]).toEqual([1, true]);
  expect(readFileSync(join(above, 'in/x.jpg.detect.jpg')).equals(inner)).toBe(true);
});

/** A PNG whose header promises more pixels than anybody wants to decode. */
function pngThatClaims(widthPx: number, heightPx: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(heightPx, 4);
  header.set([1, 0, 0, 0, 0], 8); // one bit, grey
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    framed.set(body, 4);
    framed.writeUInt32BE(Bun.hash.crc32(body), body.length + 4);
    return framed;
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', Bun.deflateSync(new Uint8Array(64))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
