import { describe, expect, test } from 'bun:test';
import type { HalErrorKind } from '../../../hal/contract/errors.ts';
import {
  type FfmpegRequest,
  ffmpegArguments,
  ffmpegDialect,
  ffmpegFailure,
  parseProbe,
} from '../../../hal/linux/ffmpeg.ts';

const settings = { widthPx: 640, heightPx: 480, fps: 10 };
const old = ffmpegDialect(
  'ffmpeg version 3.4.11-0ubuntu0.1 Copyright (c) 2000-2022\nlibavutil      55. 78.100 / 55. 78.100\nlibavformat    57. 83.100 / 57. 83.100\n',
);
const recent = ffmpegDialect('ffmpeg version n7.1\nlibavformat    61.  7.100 / 61.  7.100\n');
const request = (over: Partial<FfmpegRequest>): FfmpegRequest => ({
  source: { kind: 'video-file', path: 'a.mp4' },
  settings,
  scaling: 'pad',
  pace: 'live',
  ...over,
});
const line = (over: Partial<FfmpegRequest>, dialect = recent) =>
  ffmpegArguments(request(over), dialect).join(' ');

describe('the options follow the installed release', () => {
  test('by the version of libavformat, whatever the distributor calls the release', () => {
    expect(old).toEqual({ rtspTimeout: '-stimeout', frameSync: '-vsync' });
    expect(ffmpegDialect('libavformat    58. 76.100 / 58. 76.100').rtspTimeout).toBe('-stimeout');
    expect(ffmpegDialect('libavformat    59. 16.100 / 59. 16.100')).toEqual({
      rtspTimeout: '-timeout',
      frameSync: '-vsync',
    });
    expect(ffmpegDialect('libavformat    59. 27.100 / 59. 27.100').frameSync).toBe('-fps_mode');
    expect(recent).toEqual({ rtspTimeout: '-timeout', frameSync: '-fps_mode' });
  });

  test('a program that is no ffmpeg is refused', () => {
    expect(() => ffmpegDialect('hello')).toThrow('libavformat');
  });
});

describe('the command line', () => {
  test('of a USB camera asks it for the size and rate, and for the format only when it is set', () => {
    const source = { kind: 'v4l2', device: '/dev/video0' } as const;
    expect(line({ source })).toContain('-f v4l2');
    expect(line({ source })).toContain('-video_size 640x480 -framerate 10 -i /dev/video0');
    expect(line({ source })).not.toContain('-input_format');
    expect(line({ source, inputFormat: 'mjpeg' })).toContain('-input_format mjpeg -video_size');
  });

  test('of an RTSP camera has a socket limit in either dialect', () => {
    const source = { kind: 'rtsp', url: 'rtsp://cam/1' } as const;
    expect(line({ source }, old)).toContain('-rtsp_transport tcp -stimeout 5000000');
    expect(line({ source }, recent)).toContain('-rtsp_transport tcp -timeout 5000000');
  });

  test('of a live source never repeats a frame, of a file read whole samples it evenly', () => {
    expect(line({})).toContain('-re -i file:a.mp4');
    expect(line({})).toContain('-fps_mode passthrough');
    expect(line({})).toContain('select=');
    expect(line({})).not.toContain('fps=10');
    expect(line({}, old)).toContain('-vsync passthrough');
    expect(line({ pace: 'every-frame' })).toContain('fps=10,');
    expect(line({ pace: 'every-frame' })).not.toContain('-re ');
  });

  test('is never read by a shell: a file name is one argument', () => {
    const path = '-i; rm -rf $HOME "x" 🙂.mp4';
    expect(ffmpegArguments(request({ source: { kind: 'video-file', path } }), recent)).toContain(
      `file:${path}`,
    );
  });

  test('keeps the shape of the picture unless told otherwise', () => {
    expect(line({ scaling: 'pad' })).toContain('decrease,pad=640:480');
    expect(line({ scaling: 'crop' })).toContain('increase,crop=640:480');
    expect(line({ scaling: 'stretch' })).toContain(',scale=640:480 ');
  });
});

describe('what ffmpeg says is told apart', () => {
  const camera = { kind: 'v4l2', device: '/dev/video0' } as const;
  const stream = { kind: 'rtsp', url: 'rtsp://me:pw@cam/1' } as const;
  const file = { kind: 'video-file', path: 'a.mp4' } as const;
  const cases: [Parameters<typeof ffmpegFailure>[0], string, HalErrorKind][] = [
    [
      camera,
      '[video4linux2,v4l2 @ 0x55] Cannot open video device /dev/video0: Device or resource busy',
      'busy',
    ],
    [camera, '/dev/video0: Permission denied', 'permission'],
    [
      camera,
      '[video4linux2,v4l2 @ 0x55] Cannot open video device /dev/video0: No such device',
      'disconnected',
    ],
    [
      camera,
      "[v4l2 @ 0x1] Cannot find a proper format for codec 'mjpeg' (id 7), pixel format 'none'",
      'unsupported',
    ],
    [camera, '[v4l2 @ 0x1] Not a video capture device.', 'unsupported'],
    [stream, '[tcp @ 0x55] Connection to tcp://cam:554 failed: Connection refused', 'not-found'],
    [stream, '[rtsp @ 0x55] method DESCRIBE failed: 401 Unauthorized', 'permission'],
    [stream, '[rtsp @ 0x55] method DESCRIBE failed: 404 Not Found', 'not-found'],
    [stream, 'rtsp://***@cam/1: Connection timed out', 'timeout'],
    [stream, '[tcp @ 0x1] Failed to resolve hostname cam: Name or service not known', 'not-found'],
    [stream, '', 'disconnected'],
    [file, 'file:a.mp4: Invalid data found when processing input', 'invalid-argument'],
    [file, '', 'invalid-argument'],
  ];
  for (const [source, stderr, kind] of cases) {
    test(`${kind}: ${stderr || 'nothing'} (${source.kind})`, () => {
      const error = ffmpegFailure(source, stderr, false);
      expect(error.kind).toBe(kind);
      expect(error.message).not.toContain('pw');
      expect(error.message).not.toContain('@ 0x');
    });
  }

  test('a live stream that had frames and ends is disconnected, whatever was said', () => {
    expect(ffmpegFailure(camera, '', true).kind).toBe('disconnected');
    expect(ffmpegFailure(camera, 'VIDIOC_DQBUF: No such device', true).message).toContain('No such device');
  });
});

describe('what a video file holds is read', () => {
  const source = { kind: 'video-file', path: 'a.mp4' } as const;
  test('from the first video stream, not taking a codec tag for a size', () => {
    const said =
      '  Stream #0:0(und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz\n' +
      '  Stream #0:1[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 1920x1080 [SAR 1:1 DAR 16:9], 4000 kb/s, 29.97 fps, 30 tbr, 90k tbn\n';
    expect(parseProbe(said, source)).toEqual({ widthPx: 1920, heightPx: 1080, fps: 29.97 });
  });

  test('upright, when a phone has filmed it on its side', () => {
    const said =
      '  Stream #0:0: Video: h264, yuv420p, 1280x720, 30 fps, 30 tbr\n    Side data:\n      displaymatrix: rotation of -90.00 degrees\n';
    expect(parseProbe(said, source)).toEqual({ widthPx: 720, heightPx: 1280, fps: 30 });
  });

  test('or refused, when there is no picture in it', () => {
    expect(() => parseProbe('  Stream #0:0: Audio: mp3, 44100 Hz', source)).toThrow('a.mp4');
  });
});
