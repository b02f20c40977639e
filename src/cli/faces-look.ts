import type { FaceInput, InputPicture, PictureProblem } from '../runtime/face-input.ts';
import type { Look, LookedFace } from '../runtime/face-looks.ts';
import type { FaceSession } from '../runtime/face-session.ts';
import type { Annotation } from '../vision/annotate.ts';
import type { ExitCode, Invocation } from './command.ts';
import { AnnotatedPictures } from './faces-save.ts';
import { type FaceTask, openTask, readTask } from './faces-session.ts';
import { printJson, printNote } from './output.ts';
import { Progress } from './progress.ts';
import { type Columns, pathColumnWidth, Table } from './table.ts';

/** What a command looks for, and how it shows one face. */
export interface FaceView {
  readonly look: Look;
  json(face: LookedFace): object;
  /** Cells of the table, in the order of its columns; `undefined` is a picture without a face. */
  cells(face: LookedFace | undefined): readonly string[];
  /** Drawn beside the face. */
  label(face: LookedFace): string;
  /** Whether a picture shows what was expected; absent where nothing was. */
  meets?(faces: readonly LookedFace[]): boolean;
}

export interface FaceCommand {
  readonly name: 'detect' | 'recognise' | 'embed';
  /** Heads of the table, with their widths. */
  readonly columns: Columns;
  view(session: FaceSession, task: FaceTask, invocation: Invocation): Promise<FaceView>;
}

/**
 * Looks at every picture of the input and shows what is there. 0 when at least one picture was looked at and what
 * was expected is there, 1 when it is not or a picture could not be saved, 2 when no picture could be looked at.
 */
export async function lookAtInput(command: FaceCommand, invocation: Invocation): Promise<ExitCode> {
  const { options, signal } = invocation;
  const task = await readTask(invocation);
  const folder = typeof options.save === 'string' ? options.save : undefined;
  await using session = await openTask(task, signal, folder);
  const { input } = session;
  const saved = folder === undefined ? undefined : await AnnotatedPictures.open(folder, command.name, input);
  const view = await command.view(session, task, invocation);
  const report = new Report(command, view, input, options.json === true);
  const total = input.kind === 'pictures' ? input.paths.length + input.problems.length : undefined;
  const progress = new Progress(input.kind === 'pictures' ? 'pictures' : 'frames', total);
  try {
    for await (const item of session.pictures(signal)) {
      if (item.kind === 'picture' && item.timestampMs >= task.limitMs) break;
      progress.update(report.looked + report.problems, item.kind === 'picture' ? item.input : item.path);
      const faces = item.kind === 'picture' ? await lookAt(item, view, signal) : item;
      progress.end();
      if ('message' in faces) {
        report.problem(faces);
        continue;
      }
      if (item.kind !== 'picture') continue;
      const isNews = report.picture(item, faces);
      if (saved !== undefined && isNews) {
        const drawn = faces.map((face) => annotation(face, view));
        await saved.save(item, drawn).catch((error: Error) => report.notSaved(error));
      }
    }
  } catch (error) {
    // Being interrupted is how looking through a camera ends.
    if (!signal.aborted || input.kind !== 'camera' || report.looked === 0) throw error;
  } finally {
    progress.end();
  }
  return report.exitCode();
}

/** The faces, or the picture as a problem when the models could not cope with this one and may with the next. */
async function lookAt(
  picture: InputPicture,
  { look }: FaceView,
  signal: AbortSignal,
): Promise<readonly LookedFace[] | PictureProblem> {
  try {
    return await look(picture, signal);
  } catch (error) {
    const retryable = error instanceof Error && 'retryable' in error && error.retryable === true;
    if (signal.aborted || picture.ref !== undefined || !retryable) throw error;
    const message = `${picture.input}: ${error instanceof Error ? error.message : error}`;
    return { kind: 'problem', path: picture.input, message };
  }
}

function annotation(face: LookedFace, view: FaceView): Annotation {
  const { decision } = face;
  const { box, landmarks } = face.face;
  const tone =
    decision === 'usable'
      ? 'plain'
      : decision === 'known' || decision === 'unknown' || decision === 'unsure'
        ? decision
        : 'refused';
  return { box, landmarks, label: view.label(face), tone };
}

/** Prints what was seen, and counts it. */
class Report {
  readonly #view: FaceView;
  readonly #pictures: boolean;
  readonly #table: Table;
  readonly #json: boolean;
  looked = 0;
  problems = 0;
  #met = 0;
  #unsaved = 0;
  #shown: string | undefined;

  constructor(command: FaceCommand, view: FaceView, input: FaceInput, json: boolean) {
    this.#view = view;
    this.#pictures = input.kind === 'pictures';
    this.#table = new Table([
      [this.#pictures ? 'PICTURE' : 'TIME', pathColumnWidth(input.kind === 'pictures' ? input.paths : [])],
      ['FACE', 4],
      ...command.columns,
    ]);
    this.#json = json;
  }

  problem({ path, message }: PictureProblem): void {
    this.problems++;
    printNote(message);
    if (this.#json) printJson({ input: path, error: message });
  }

  notSaved(error: Error): void {
    this.#unsaved++;
    printNote(error.message);
  }

  /** Whether it is worth showing: every picture, and a frame in which something else is decided than before. */
  picture(picture: InputPicture, faces: readonly LookedFace[]): boolean {
    this.looked++;
    if (this.#view.meets?.(faces) === true) this.#met++;
    const decided = JSON.stringify(faces.map((face) => [face.track, face.decision, face.match?.subjectId]));
    const isNews = this.#pictures || decided !== this.#shown;
    this.#shown = decided;
    if (this.#json) printJson(this.#object(picture, faces));
    else if (isNews) this.#rows(picture, faces);
    return isNews;
  }

  exitCode(): ExitCode {
    if (this.looked === 0) {
      if (this.#pictures && this.problems > 1)
        printNote(`None of ${this.problems} pictures could be looked at.`);
      else if (this.problems === 0) printNote('There was nothing to look at.');
      return 2;
    }
    if (this.#unsaved > 0) return 1;
    if (this.#view.meets === undefined) return 0;
    const asked = this.#pictures ? this.looked + this.problems : 1;
    const met = this.#pictures ? this.#met : Math.min(1, this.#met);
    if (met === asked) return 0;
    printNote(
      this.#pictures
        ? `Expected in every picture, and found in ${met} of ${asked}.`
        : `Expected in a frame, and found in none of ${this.looked}.`,
    );
    return 1;
  }

  #object(picture: InputPicture, faces: readonly LookedFace[]): object {
    const { input, frame, timestampMs, widthPx, heightPx, originalWidthPx, originalHeightPx } = picture;
    const shrunk = originalWidthPx !== widthPx || originalHeightPx !== heightPx;
    return {
      ...{ input, frame, timestampMs, widthPx, heightPx },
      ...(shrunk ? { originalWidthPx, originalHeightPx } : {}),
      faces: faces.map((face) => this.#view.json(face)),
    };
  }

  #rows({ input, timestampMs }: InputPicture, faces: readonly LookedFace[]): void {
    const where = this.#pictures ? input : `${(timestampMs / 1000).toFixed(2)} s`;
    if (faces.length === 0) this.#table.row([where, '-', ...this.#view.cells(undefined)]);
    for (const [index, face] of faces.entries()) {
      this.#table.row([where, String(index + 1), ...this.#view.cells(face)]);
    }
  }
}
