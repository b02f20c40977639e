import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { heightPx, widthPx } from '../../src/lab/speed/frame.ts';

/** A video file that is gone when it is disposed of. */
export interface Video extends Disposable {
  readonly path: string;
}

export function ffmpegIsMissing(): boolean {
  return Bun.which('ffmpeg') === null;
}

/** A room without anybody, at 10 frames a second, with a sensor's noise. */
export function emptyRoom(seconds: number): Video {
  return video(
    ['-f', 'lavfi', '-i', `gradients=s=${widthPx}x${heightPx}:r=10:c0=0x605850:c1=0xb0a898:speed=0.00001`],
    seconds,
  );
}

/** The picture, moving a few pixels as somebody who stands does, at 10 frames a second. */
export async function standing(rgb: Uint8Array, seconds: number): Promise<Video> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  const picture = join(folder, 'picture.png');
  const raw = { width: widthPx, height: heightPx, channels: 3 } as const;
  writeFileSync(picture, await sharp(new Uint8Array(rgb), { raw }).png().toBuffer());
  const shift = `pad=iw+16:ih+16:8:8,crop=${widthPx}:${heightPx}:8+6*sin(t):8+4*cos(t)`;
  try {
    return video(['-loop', '1', '-framerate', '10', '-i', picture], seconds, shift);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function video(input: readonly string[], seconds: number, filter = 'null'): Video {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  const path = join(folder, 'video.avi');
  const made = Bun.spawnSync([
    'ffmpeg',
    ...['-loglevel', 'error', '-y', ...input, '-t', String(seconds)],
    ...['-vf', `${filter},noise=alls=10:allf=t`, '-c:v', 'mjpeg', '-q:v', '4', path],
  ]);
  if (!made.success) throw new Error(`ffmpeg makes no video: ${made.stderr.toString()}`);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
