import { z } from 'zod';
import { ms } from './fields.ts';

export const camera = z.strictObject({
  source: z
    .string()
    .min(1)
    .default('auto')
    .describe(
      'What to look through: `auto` (the best that is there), a device (`/dev/v4l/by-id/…`), a CSI camera of a Jetson (`csi:0`), any source of GStreamer (`gstreamer:libcamerasrc`), OpenCV through the native co-processor (`opencv:/dev/video0`), an `rtsp://` or `http://` address, a video, a picture, or a folder of pictures.',
    ),
  fallback: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What to look through instead when `source` is `opencv:…` and the native co-processor has crashed or cannot be started.',
    ),
  width_px: z.int().min(64).max(4096).default(640).describe('Width of the frames that are asked for.'),
  height_px: z.int().min(48).max(4096).default(480).describe('Height of the frames that are asked for.'),
  fps: z.number().gt(0).max(60).default(10).describe('Frames a second while somebody is in view.'),
  idle_fps: z
    .number()
    .gt(0)
    .max(60)
    .default(2)
    .describe('Frames a second that are looked at while nobody is in view; not above `fps`.'),
  power_line: z
    .enum(['50hz', '60hz'])
    .optional()
    .describe(
      'The frequency of the mains, for a USB camera whose picture flickers under lamps. Without it the camera keeps its own setting.',
    ),
  no_frame_timeout_ms: ms(200, 60_000)
    .default(2000)
    .describe('Without a frame for this long the camera counts as lost and is opened again.'),
});

export const microphone = z.strictObject({
  source: z
    .string()
    .min(1)
    .default('auto')
    .describe(
      'What to listen through: `auto` (the best that is there), `none`, a card (`CARD=C920`) or an ALSA device (`hw:CARD=C920,DEV=0`), PortAudio through the native co-processor (`portaudio:C920`), or a sound file.',
    ),
  fallback: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What to listen through instead when `source` is `portaudio:…` and the native co-processor has crashed or cannot be started.',
    ),
  sample_rate_hz: z
    .int()
    .min(8000)
    .max(384_000)
    .default(32_000)
    .describe('The sample rate that is asked for; a microphone that lacks it gives the nearest that it has.'),
  channels: z
    .int()
    .min(1)
    .max(32)
    .default(2)
    .describe('The channels that are asked for; they are mixed to one.'),
  no_sound_timeout_ms: ms(200, 60_000)
    .default(2000)
    .describe('Without sound data for this long the microphone counts as lost and is opened again.'),
});

export const board = z.strictObject({
  name: z
    .enum([
      'auto',
      'none',
      'generic',
      'jetson-nano',
      'jetson-orin-nano',
      'jetson-orin-nx',
      'raspberry-pi-3',
      'raspberry-pi-4',
      'raspberry-pi-5',
    ])
    .default('auto')
    .describe(
      'Whose pins are meant: `auto` asks the device tree, and without a board it knows the lamps are simulated; `none` simulates them on a board too; `generic` is any other board, whose lines are given by `line`.',
    ),
  gpio_driver: z
    .enum(['kernel', 'libgpiod'])
    .default('kernel')
    .describe(
      'Who drives the red lamp and the inputs: this program by the kernel’s own interface, or libgpiod through the native co-processor. The green output is always held by the line keeper.',
    ),
});
