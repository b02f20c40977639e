import { describe, expect, test } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { FfmpegCamera } from '../../../hal/linux/ffmpeg-camera.ts';
import { jpeg, multipart, part, serving } from './byte-server.ts';
import { ffmpegMissing, ffmpegReason, refusal } from './support.ts';

const clock = new SystemClock();
const never = new AbortController().signal;
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
function cameraOf(url: string, firstFrameTimeoutMs = 10_000) {
  const ring = FrameRing.create(settings);
  const source = url.startsWith('rtsp') ? ({ kind: 'rtsp', url } as const) : ({ kind: 'http', url } as const);
  return { ring, camera: new FfmpegCamera({ source, ring, clock, firstFrameTimeoutMs }) };
}

/** Reads until `enough` frames were like this. */
async function seen(url: string, enough: number, like: (pixels: Uint8Array) => boolean): Promise<void> {
  const { camera, ring } = cameraOf(url);
  const session = await camera.open(settings, never);
  let found = 0;
  for await (const frame of session.frames(never)) {
    if (like(ring.pixels(frame)) && ++found === enough) break;
  }
  await session.close();
}

const middle = (24 * 64 + 32) * 3;
const isRed = (pixels: Uint8Array) => pixels[middle]! > 200 && pixels[middle + 1]! < 60;
const isBlue = (pixels: Uint8Array) => pixels[middle + 2]! > 200 && pixels[middle]! < 60;

describe.skipIf(ffmpegMissing)(`a network camera that misbehaves${ffmpegReason}`, () => {
  test('goes on giving frames after pictures that are cut off or garbled, of another size, or of a boundary that was not announced', async () => {
    const red = await jpeg('#ff0000');
    const garbled = Uint8Array.from(red, (byte, index) => (index > 200 ? byte ^ 0x5a : byte));
    using broken = serving([
      multipart,
      part(red),
      part(red.subarray(0, red.length / 2)),
      part(red),
      part(garbled),
    ]);
    const others = [part(await jpeg('#0000ff', 320, 200)), part(await jpeg('#ff0000', 32, 100))];
    using sizes = serving([multipart, part(red), ...others]);
    using boundary = serving([multipart, part(red, '----other')]);
    await Promise.all([seen(broken.url, 5, isRed), seen(sizes.url, 2, isBlue), seen(boundary.url, 2, isRed)]);
  });

  test('ends as a HalError within the limit when it sends what is no video, or nothing whole', async () => {
    const page = '<html><body>Please log in</body></html>';
    const circle = 'HTTP/1.1 302 Found\r\nLocation: /video\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    using web = serving([
      `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    ]);
    using headers = serving(['HTTP/1.1 200 OK\r\n', 'X-Slow: 1\r\n']);
    using noise = serving([multipart, 'x'.repeat(2000)]);
    using rtsp = serving(['RTSP/1.0 200 OK\r\n', '\0\u0001$$$'], 'rtsp');
    using round = serving([circle]);
    const servers = { headers, noise, rtsp, web, round };
    const errors = await Promise.all(
      Object.entries(servers).map(([name, { url }]) => {
        const limitMs = name === 'web' || name === 'round' ? 10_000 : 500;
        return refusal(cameraOf(url, limitMs).camera.open(settings, never));
      }),
    );
    const kinds = Object.keys(servers).map((name, index) => [name, errors[index]?.kind]);
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ headers: 'timeout', noise: 'timeout', rtsp: 'timeout' },
      ...{ web: 'unsupported', round: 'disconnected' },
    });
    expect(errors[3]?.message).toContain('no video');
  });
});
