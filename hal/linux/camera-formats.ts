/** A format that a camera sends, by ffmpeg's name. */
export interface CameraFormat {
  readonly name: string;
  /** The largest picture that it has in this format; undefined where the driver does not say. */
  readonly largest: { readonly widthPx: number; readonly heightPx: number } | undefined;
}

/** Lists what a Video4Linux device sends, without starting it; ffmpeg writes that on stderr and ends with an error. */
export function listFormatsCommand(device: string): [string, ...string[]] {
  return ['ffmpeg', '-hide_banner', '-nostdin', '-f', 'v4l2', '-list_formats', 'all', '-i', device];
}

/**
 * Reads that list, a line a format, with sizes or with a range; formats that ffmpeg cannot read are left out:
 * `[video4linux2,v4l2 @ 0x5e] Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720`,
 * `[video4linux2,v4l2 @ 0x5e] Raw       :     yuyv422 :           YUYV 4:2:2 : {16-16384, 2}x{16-8640, 2}`.
 */
export function parseCameraFormats(stderr: string): CameraFormat[] {
  const formats = new Map<string, CameraFormat>();
  for (const [, name = '', sizes = ''] of stderr.matchAll(
    /\] (?:Raw|Compressed) *: +(\S+) : +.*? :(.*)$/gm,
  )) {
    if (name !== 'Unsupported' && !formats.has(name)) formats.set(name, { name, largest: largestOf(sizes) });
  }
  return [...formats.values()];
}

function largestOf(sizes: string): CameraFormat['largest'] {
  let largest: CameraFormat['largest'];
  for (const [, width, , height] of sizes.matchAll(/(?:\{\d+-)?(\d+)(, \d+\})?x(?:\{\d+-)?(\d+)/g)) {
    const [widthPx, heightPx] = [Number(width), Number(height)];
    if (largest === undefined || widthPx * heightPx > largest.widthPx * largest.heightPx) {
      largest = { widthPx, heightPx };
    }
  }
  return largest;
}
