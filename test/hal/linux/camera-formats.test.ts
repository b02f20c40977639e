import { expect, test } from 'bun:test';
import { parseCameraFormats } from '../../../hal/linux/camera-formats.ts';
import { parseUsbStream } from '../../../hal/linux/usb-sound.ts';

test('formats with sizes, with a range, twice, and such as ffmpeg cannot read', () => {
  // The lines with ranges: ffmpeg 5.1 on the kernel's test driver vivid; those with sizes: as a webcam has them.
  const stderr = [
    '[video4linux2,v4l2 @ 0x5558095b77c0] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 160x90 1280x720',
    '[video4linux2,v4l2 @ 0x5558095b77c0] Compressed:       mjpeg :          Motion-JPEG : 640x480 1920x1080 800x600',
    '[video4linux2,v4l2 @ 0x5558095b77c0] Raw       : Unsupported :           YVYU 4:2:2 : {16-16384, 2}x{16-8640, 2}',
    '[video4linux2,v4l2 @ 0x5558095b77c0] Raw       :     yuv420p :     Planar YUV 4:2:0 : {16-16384, 2}x{16-8640, 2}',
    '[video4linux2,v4l2 @ 0x5558095b77c0] Raw       :     yuv420p :     Planar YVU 4:2:0 : {16-16384, 2}x{16-8640, 2}',
    '[video4linux2,v4l2 @ 0x5558095b77c0] Compressed:        h264 :                H.264 :',
    '/dev/video0: Immediate exit requested',
  ].join('\n');
  expect(parseCameraFormats(stderr)).toEqual([
    { name: 'yuyv422', largest: { widthPx: 1280, heightPx: 720 } },
    { name: 'mjpeg', largest: { widthPx: 1920, heightPx: 1080 } },
    { name: 'yuv420p', largest: { widthPx: 16384, heightPx: 8640 } },
    { name: 'h264', largest: undefined },
  ]);
  expect(parseCameraFormats('/dev/video0: No such file or directory')).toEqual([]);
});

test('rates and channels of a webcam’s microphone, and none of a card that only plays', () => {
  const webcam = `HD Pro Webcam C920 at usb-70090000.xusb-2.1, high speed : USB Audio

Capture:
  Status: Stop
  Interface 3
    Altset 1
    Format: S16_LE
    Channels: 2
    Endpoint: 6 IN (ASYNC)
    Rates: 16000, 24000, 32000
`;
  expect(parseUsbStream(webcam)).toEqual({ sampleRatesHz: [16_000, 24_000, 32_000], channels: [2] });
  const both = `USB Audio\n\nPlayback:\n    Channels: 8\n    Rates: 192000\n\nCapture:\n    Channels: 1\n    Rates: 8000 - 48000 (continuous)\n`;
  expect(parseUsbStream(both)).toEqual({ sampleRatesHz: [8_000, 48_000], channels: [1] });
  expect(parseUsbStream('USB Speaker\n\nPlayback:\n    Channels: 2\n    Rates: 48000\n')).toBeUndefined();
  expect(parseUsbStream('')).toBeUndefined();
});
