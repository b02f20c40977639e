import type { CameraSettings } from '../contract/camera.ts';
import { HalError, type HalErrorKind } from '../contract/errors.ts';
import { type CameraSource, cameraSourceName } from './camera-source.ts';

/** What a person does about a missing GStreamer. */
export const gstreamerInstallHint =
  'Install it with: sudo apt-get install gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good';

/** The sources that GStreamer reads. */
export type GstreamerSource = Extract<CameraSource, { kind: 'csi' | 'gstreamer' }>;

/** The descriptor that frames are written to: nvarguscamerasrc and others print on stdout. */
const framesFd = 3;

/**
 * The arguments of `gst-launch-1.0` for a pipeline that writes raw RGB frames of the size asked for, black bars where
 * the shape is another, at most `fps` a second. Never repeats a frame: that would hide a camera that has stopped.
 */
export function gstreamerArguments(source: GstreamerSource, settings: CameraSettings): string[] {
  const { widthPx, heightPx, fps } = settings;
  const size = `width=${widthPx},height=${heightPx}`;
  return [
    '-q',
    ...sourceElements(source, size),
    // Thinned out first: what is dropped is not converted.
    ...['!', 'videorate', `max-rate=${Math.max(1, Math.ceil(fps))}`, 'drop-only=true'],
    ...['!', 'videoconvert', '!', 'videoscale', 'add-borders=true'],
    ...['!', `video/x-raw,format=RGB,pixel-aspect-ratio=1/1,${size}`],
    ...['!', 'queue', 'max-size-buffers=1', 'leaky=downstream'],
    ...['!', 'fdsink', `fd=${framesFd}`, 'sync=false'],
  ];
}

function sourceElements(source: GstreamerSource, size: string): string[] {
  if (source.kind === 'gstreamer') return words(source.elements);
  // Untested: NVIDIA's public pipeline for the CSI cameras of Jetson boards. The image processor gives 1280x720 at 30
  // frames a second with every sensor; nvvidconv scales on the graphics processor.
  return [
    ...['nvarguscamerasrc', `sensor-id=${source.sensor}`],
    ...['!', 'video/x-raw(memory:NVMM),width=1280,height=720,framerate=30/1,format=NV12'],
    ...['!', 'nvvidconv', '!', `video/x-raw,format=BGRx,${size}`],
  ];
}

/** Splits at spaces; what stands in double quotes stays whole. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}

/** First match wins. */
const failures: readonly [pattern: RegExp, kind: HalErrorKind, advice: string][] = [
  [/permission denied/i, 'permission', 'Run: sudo usermod -aG video $USER, then log in again'],
  [/device or resource busy|is busy/i, 'busy', 'Another program uses the camera.'],
  [
    /cannot identify device|no such (?:file|device)|no cameras available|device .* does not exist/i,
    'not-found',
    'The camera is not plugged in.',
  ],
  [
    /not-negotiated|could not link|no property|syntax error|not supported|format/i,
    'unsupported',
    'The source cannot give what was asked for.',
  ],
];

/**
 * The error for a gst-launch that ended on its own, read from its stderr; `sawFrames` tells an end from a failure to
 * begin.
 */
export function gstreamerFailure(source: GstreamerSource, stderr: string, sawFrames: boolean): HalError {
  const device = cameraSourceName(source);
  const said = saidLines(stderr);
  if (sawFrames) {
    return new HalError('disconnected', device, `the stream ended${said === '' ? '' : `: ${said}`}`);
  }
  const element = /no element "([^"]+)"/.exec(stderr)?.[1];
  if (element !== undefined) {
    const from = element.startsWith('nv')
      ? 'it comes with JetPack, on Jetson boards only'
      : 'the package of plugins that has it is not installed';
    return new HalError('unsupported', device, `GStreamer has no element '${element}': ${from}`);
  }
  for (const [pattern, kind, advice] of failures) {
    if (pattern.test(stderr)) return new HalError(kind, device, `${said}. ${advice}`);
  }
  return new HalError('disconnected', device, said === '' ? 'GStreamer ended without a frame' : said);
}

/** The errors of the pipeline, without the places in GStreamer's source. */
function saidLines(stderr: string): string {
  const lines = stderr.split('\n').flatMap((line) => {
    const said =
      /^(?:ERROR: from element \S+: |ERROR: |WARNING: erroneous pipeline: |system error: )(.+)$/.exec(
        line.trim(),
      )?.[1];
    return said === undefined || said.startsWith("pipeline doesn't want") ? [] : [said];
  });
  return lines.slice(0, 2).join('; ').slice(0, 400).replace(/\.$/, '');
}
