import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { demoFolder, objects, type SeenObject, vigilFaces } from './faces-run.ts';

afterEach(removeTemporary);

const noFfmpeg = Bun.which('ffmpeg') === null;
const why = noFfmpeg ? ' (skipped: no ffmpeg)' : '';
const people = join(demoFolder, 'people');
const anotherDay = join(demoFolder, 'visitors/ana-another-day.jpg');

let folder = '';
let video = '';

/** Two seconds: an empty room, then the woman of people/Ana.jpg as she is on another photo, then the room again. */
beforeAll(async () => {
  if (noFfmpeg) return;
  folder = mkdtempSync(join(tmpdir(), 'vigil-video-'));
  video = join(folder, 'the "front" door.mp4');
  const room = sharp({ create: { width: 480, height: 360, channels: 3, background: '#6a6f73' } });
  await room.clone().png().toFile(join(folder, 'room.png'));
  const face = await sharp(anotherDay).rotate(-20).resize(345, 345).toBuffer();
  const ana = room.clone().composite([{ input: face, left: 0, top: 0 }]);
  await ana.clone().png().toFile(join(folder, 'ana.png'));
  await ana.clone().jpeg().toFile(join(folder, 'ana.jpg'));
  const shown = ['room', 'ana', 'ana', 'ana', 'room'].map((name) => `file '${name}.png'\nduration 0.4\n`);
  writeFileSync(join(folder, 'list.txt'), `${shown.join('')}file 'room.png'\n`);
  const input = ['-f', 'concat', '-safe', '0', '-i', join(folder, 'list.txt')];
  const { exitCode, stderr } = Bun.spawnSync([
    ...['ffmpeg', '-hide_banner', '-loglevel', 'error', '-y', ...input, '-t', '2', '-r', '10'],
    ...['-pix_fmt', 'yuv420p', video],
  ]);
  if (exitCode !== 0) throw new Error(String(stderr));
});

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

test.skipIf(noFfmpeg)(
  `a video is looked at frame by frame, and a person is followed and named in it${why}`,
  async () => {
    const save = temporaryFolder();
    const words = ['--input', video, '--dataset', people, '--state', temporaryFolder()];
    const ran = await vigilFaces('recognise', ...words, '--save', save, '--json', '--expect', 'Ana');
    expect(ran.exitCode).toBe(0);
    const seen = objects<SeenObject>(ran);
    expect(seen.map(({ frame }) => frame)).toEqual(seen.map((_, index) => index));
    expect(seen.length).toBeWithin(19, 22);
    expect(seen[10]).toMatchObject({ input: video, timestampMs: 1000, widthPx: 480, heightPx: 360 });
    expect(seen[0]?.faces).toEqual([]);
    const decisions = seen.flatMap(({ faces }) => faces.map(({ decision, name }) => `${decision} ${name}`));
    expect(new Set(decisions)).toEqual(new Set(['unsure null', 'known Ana']));
    expect(decisions.slice(0, 3)).toEqual(['unsure null', 'unsure null', 'known Ana']);
    expect(new Set(seen.flatMap(({ faces }) => faces.map(({ track }) => track)))).toEqual(new Set([1]));
    // A picture whenever something else is decided: nobody, unsure, Ana, nobody.
    expect(readdirSync(save)).toHaveLength(4);
    expect(readdirSync(save).sort()[0]).toBe('the "front" door-000000.recognise.jpg');
    const short = await vigilFaces('detect', '--input', video, '--seconds', '0.5', '--json');
    expect(objects<SeenObject>(short)).toHaveLength(5);
  },
);

test.skipIf(noFfmpeg)(`the best frames of a video are enrolled${why}`, async () => {
  const state = temporaryFolder();
  const ran = await vigilFaces('enrol', 'Ana', '--input', video, '--state', state, '--consent', '--json');
  expect(ran.exitCode).toBe(0);
  const [told] = objects<{ samples: number; frames: { timestampMs: number }[] }>(ran);
  expect(told?.samples).toBeWithin(2, 4);
  for (const { timestampMs } of told!.frames) expect(timestampMs).toBeWithin(300, 1700);
});

test.skipIf(noFfmpeg)(`a video without a good face says how many frames were how${why}`, async () => {
  const room = join(folder, 'room.mp4');
  Bun.spawnSync(['ffmpeg', '-loglevel', 'error', '-i', join(folder, 'room.png'), '-frames', '3', room]);
  const ran = await vigilFaces('enrol', 'Ana', '--input', room, '--state', temporaryFolder(), '--consent');
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toContain('1 x no-face: no face was found');
});

test.skipIf(noFfmpeg)(`a file that is neither picture nor video is bad input${why}`, async () => {
  const text = join(folder, 'notes.bin');
  writeFileSync(text, 'neither picture nor video '.repeat(100));
  const ran = await vigilFaces('detect', '--input', text, '--state', temporaryFolder());
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toContain('It is no picture and no video');
  // A picture is one whatever it is called.
  const nameless = join(folder, 'portrait');
  writeFileSync(nameless, readFileSync(anotherDay));
  const seen = await vigilFaces('detect', '--input', nameless, '--state', temporaryFolder(), '--json');
  expect(objects<SeenObject>(seen)[0]?.faces).toHaveLength(1);
});

/** A network camera that shows one picture again and again, ten times a second. */
function networkCamera(jpeg: Buffer): { readonly url: string; stop(): Promise<void> } {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => {
      const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
      let timer: Timer;
      const body = new ReadableStream({
        start(controller) {
          const send = () => {
            controller.enqueue(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]));
          };
          timer = setInterval(send, 100);
        },
        cancel: () => clearInterval(timer),
      });
      return new Response(body, { headers: { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' } });
    },
  });
  return { url: `http://user:secret@127.0.0.1:${server.port}/live`, stop: () => server.stop(true) };
}

test.skipIf(noFfmpeg)(
  `the configured camera is looked through for a time, shown mirrored, and enrols a person${why}`,
  async () => {
    const camera = networkCamera(readFileSync(join(folder, 'ana.jpg')));
    try {
      const config = join(folder, 'vigil.toml');
      writeFileSync(config, `[camera]\nsource = "${camera.url}"\nwidth_px = 480\nheight_px = 360\n`);
      const save = temporaryFolder();
      const state = temporaryFolder();
      const words = ['--input', 'camera', '--config', config, '--state', state, '--seconds', '1', '--json'];
      const ran = await vigilFaces('detect', ...words, '--save', save);
      expect(ran.exitCode).toBe(0);
      expect(ran.out).not.toContain('secret');
      const [first] = objects<SeenObject>(ran);
      expect(first?.faces[0]?.box.x).toBeLessThan(200);
      const [name] = readdirSync(save).sort();
      expect(name).toMatch(/^camera-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-000000\.detect\.jpg$/);
      // The face stood at the left; in the mirror it is at the right, where the empty room was.
      const edge = await sharp(join(save, name!))
        .extract({ left: 0, top: 60, width: 100, height: 200 })
        .toBuffer();
      const { channels } = await sharp(edge).stats();
      expect(channels[0]?.stdev).toBeLessThan(5);

      const enrolled = await vigilFaces('enrol', 'Ana', ...words.with(7, '2'), '--consent');
      expect([enrolled.exitCode, objects<object>(enrolled)]).toMatchObject([0, [{ samples: 1 }]]);
      expect(enrolled.err).toContain('Look straight into the camera.');
      const store = openStore(state);
      const [sample] = store.samples(store.find('Ana')!.subjectId);
      expect(sample?.provenance).toMatchObject({ source: 'camera' });
      expect(JSON.stringify(sample?.provenance)).not.toContain('secret');
    } finally {
      await camera.stop();
    }
  },
  20_000,
);
