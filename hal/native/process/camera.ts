import type { Task } from '../protocol.ts';
import type { Held, Link } from './link.ts';

/** What is used of @u4/opencv4nodejs. */
interface OpenCv {
  readonly VideoCapture: new (source: string | number) => Capture;
  readonly CAP_PROP_FRAME_WIDTH: number;
  readonly CAP_PROP_FRAME_HEIGHT: number;
  readonly CAP_PROP_FPS: number;
  readonly COLOR_BGR2RGB: number;
  readonly BORDER_CONSTANT: number;
}

interface Capture {
  set(property: number, value: number): unknown;
  readAsync(): Promise<Mat>;
  release(): void;
}

interface Mat {
  readonly empty: boolean;
  readonly rows: number;
  readonly cols: number;
  resizeAsync(rows: number, cols: number): Promise<Mat>;
  copyMakeBorder(top: number, bottom: number, left: number, right: number, type: number): Mat;
  cvtColorAsync(code: number): Promise<Mat>;
  getDataAsync(): Promise<Uint8Array>;
}

type CameraTask = Extract<Task, { device: 'camera' }>;

/** A frame may come by this share of its period early; a camera is not that exact. */
const earlyShare = 0.2;

export function runCamera(task: CameraTask, link: Link): Held {
  // The addon would build an OpenCV of its own where it does not find one.
  process.env.OPENCV4NODEJS_DISABLE_AUTOBUILD = '1';
  const cv = link.addon('@u4/opencv4nodejs') as OpenCv; // its own types describe OpenCV 3
  let capture: Capture;
  try {
    capture = new cv.VideoCapture(/^\d+$/.test(task.source) ? Number(task.source) : task.source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return link.fail({ kind: 'not-found', of: 'device', message: `OpenCV cannot open it: ${why}` });
  }
  capture.set(cv.CAP_PROP_FRAME_WIDTH, task.widthPx);
  capture.set(cv.CAP_PROP_FRAME_HEIGHT, task.heightPx);
  link.ready();
  void read(cv, capture, task, link);
  return { letGo: () => capture.release() };
}

/** Reads as fast as the camera gives, so that no frame is old, and sends what is due and has room. */
async function read(cv: OpenCv, capture: Capture, task: CameraTask, link: Link): Promise<void> {
  const periodMs = 1_000 / task.fps;
  let dueAtMs = 0;
  for (;;) {
    const mat = await capture.readAsync();
    if (mat.empty) link.fail({ kind: 'disconnected', of: 'device', message: 'it gives no frame any more' });
    const nowMs = performance.now();
    if (nowMs < dueAtMs - earlyShare * periodMs) continue;
    dueAtMs = Math.max(dueAtMs + periodMs, nowMs);
    link.offer(await fitted(cv, mat, task));
  }
}

/** The picture in RGB, of the size asked for, with black bars where its shape is another. */
async function fitted(cv: OpenCv, mat: Mat, { widthPx, heightPx }: CameraTask): Promise<Uint8Array> {
  let fitting = mat;
  if (mat.cols !== widthPx || mat.rows !== heightPx) {
    const scale = Math.min(widthPx / mat.cols, heightPx / mat.rows);
    const [cols, rows] = [Math.round(mat.cols * scale), Math.round(mat.rows * scale)];
    const [left, top] = [(widthPx - cols) >> 1, (heightPx - rows) >> 1];
    fitting = await mat.resizeAsync(rows, cols);
    if (cols !== widthPx || rows !== heightPx) {
      const [right, bottom] = [widthPx - cols - left, heightPx - rows - top];
      fitting = fitting.copyMakeBorder(top, bottom, left, right, cv.BORDER_CONSTANT);
    }
  }
  return (await fitting.cvtColorAsync(cv.COLOR_BGR2RGB)).getDataAsync();
}
