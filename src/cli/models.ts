import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AddModelError, addModel, type ModelToAdd } from '../models/add.ts';
import { ModelError, messageOf } from '../models/errors.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { type Located, type Manifest, readManifest } from '../models/manifest.ts';
import { verifyModel } from '../models/verify.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { type Command, type CommandGroup, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';

const stateOption = {
  value: 'DIR',
  help: 'where the device keeps its state, added models among it',
} as const;
const jsonOption = { help: 'one JSON object a line' } as const;

const list: Command = {
  name: 'list',
  summary: 'the models there are, and what the default pipeline uses them for',
  options: { json: jsonOption, state: stateOption },
  notes:
    'Prints {id, role, file, bytes, sha256, licence, origin, changed, measured, declaredMs, added, uses}.',

  async run({ options }) {
    const manifest = await openManifest(options);
    const uses = usesOf(manifest);
    if (options.json === true) {
      for (const model of manifest.models) {
        const { id, role, file, bytes, sha256, licence, origin, changed, measured, declaredMs, added } =
          model;
        printJson({
          ...{ id, role, file, bytes, sha256, licence, origin, changed, measured, declaredMs, added },
          uses: uses.get(id) ?? [],
        });
      }
      return 0;
    }
    printTable(
      ['id', 'role', 'size', 'licence', 'from', 'used as'],
      manifest.models.map((model) => [
        model.id,
        model.role,
        megabytes(model.bytes),
        model.licence,
        model.added ? 'added' : 'shipped',
        uses.get(model.id)?.join(', ') ?? '',
      ]),
    );
    return 0;
  },
};

const verify: Command = {
  name: 'verify',
  summary: 'compare every model file with the manifest',
  options: { json: jsonOption, state: stateOption },
  notes:
    'Prints {id, file, state, message}: ok, missing, truncated, altered or unreadable. Exit 3 unless all are ok.',

  async run({ options, signal }) {
    const manifest = await openManifest(options);
    let exitCode: ExitCode = 0;
    for (const model of manifest.models) {
      signal.throwIfAborted();
      const problem = await problemOf(model);
      if (problem !== undefined) exitCode = 3;
      const state = problem?.kind ?? 'ok';
      if (options.json === true) {
        printJson({
          id: model.id,
          file: model.path,
          state,
          ...(problem ? { message: problem.message } : {}),
        });
      } else {
        printLine(problem ? `${state}  ${problem.message}` : `ok  ${model.id}`);
      }
    }
    return exitCode;
  },
};

const add: Command = {
  name: 'add',
  summary: 'take in another detector or embedder (ONNX)',
  positionals: 'FILE|URL',
  options: {
    entry: { value: 'FILE', help: 'its manifest entry, as JSON (docs/models.md)' },
    like: { value: 'ID', help: 'instead: it is used just as model ID is' },
    id: { value: 'ID', help: 'with --like: what to call it; otherwise the name of the file' },
    sha256: { value: 'HASH', help: 'its sha256; needed for a URL' },
    json: jsonOption,
    state: stateOption,
  },
  notes: [
    'It is loaded and run on a generated picture before it is accepted, and copied to the state directory.',
    'vigil models add yunet.onnx --entry models/known/yunet-2023mar.json',
  ].join('\n'),

  async run({ options, positionals, signal }) {
    const [source, ...others] = positionals;
    if (source === undefined || others.length > 0) throw new UsageError('give one FILE or URL');
    const manifest = await openManifest(options);
    const sha256 = text(options.sha256);
    const description = await describe(source, options, manifest);
    try {
      const { entry, trial } = await addModel(
        { source, description, ...(sha256 === undefined ? {} : { sha256 }) },
        manifest,
        addedModelsDir(stateDirectory(text(options.state))),
        { signal, onProgress: progressNote() },
      );
      if (options.json === true) printJson({ id: entry.id, sha256: entry.sha256, bytes: entry.bytes, trial });
      else printLine(`added ${entry.role} ${entry.id} (${megabytes(entry.bytes)}): ${trial}`);
      return 0;
    } catch (error) {
      if (error instanceof AddModelError) throw new UsageError(error.message, { cause: error });
      throw error;
    }
  },
};

export const command: CommandGroup = {
  name: 'models',
  summary: 'the networks: list, check their files, add another one',
  commands: [list, add, verify],
};

function openManifest(options: Invocation['options']): Promise<Manifest> {
  return readManifest({
    shippedDir: shippedModelsDir,
    addedDir: addedModelsDir(stateDirectory(text(options.state))),
  });
}

/** What the default pipeline uses each model for, by id. */
function usesOf(manifest: Manifest): Map<string, string[]> {
  const { detector, landmarks, embedder } = manifest.pipeline();
  const uses = new Map<string, string[]>();
  const note = (model: Located, use: string) => uses.set(model.id, [...(uses.get(model.id) ?? []), use]);
  if (detector.kind === 'two-look') {
    note(detector.landscape, 'first look');
    note(detector.portrait, 'first look, portrait or square');
    note(detector.smallBoard, 'first look, small board');
    note(detector.second, 'second look');
  } else {
    note(detector.model, 'detector');
  }
  note(landmarks, 'landmarks');
  note(embedder, 'embedder');
  note(manifest.voiceEmbedder(), 'voice embedder');
  return uses;
}

async function problemOf(model: Located): Promise<ModelError | undefined> {
  try {
    await verifyModel(model);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

async function describe(
  source: string,
  options: Invocation['options'],
  manifest: Manifest,
): Promise<ModelToAdd['description']> {
  const path = text(options.entry);
  const like = text(options.like);
  const id = text(options.id);
  if (path !== undefined && like === undefined && id === undefined) {
    try {
      return { kind: 'entry', path, text: await readFile(path, 'utf8') };
    } catch (error) {
      throw new UsageError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }
  if (like === undefined || path !== undefined) {
    throw new UsageError('give --entry FILE, or --like ID and perhaps --id ID (docs/models.md)');
  }
  const model = manifest.find(like);
  if (model === undefined) {
    const ids = manifest.models.map((known) => known.id).join(', ');
    throw new UsageError(`--like: there is no model '${like}'; there are ${ids}`);
  }
  const { path: _path, added: _added, ...entry } = model;
  return { kind: 'like', model: entry, id: id ?? idFromName(source) };
}

/** `https://host/Some Model.onnx?x=1` → `some-model`. */
function idFromName(source: string): string {
  const name = basename(source.replace(/[?#].*$/, '')).replace(/\.onnx$/i, '');
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, '-')
      .replace(/^[-.]+|-+$/g, '') || 'model'
  );
}

/** Says how far a transfer is, at most once a second, beginning after the first. */
function progressNote(): (bytes: number, ofBytes: number | undefined) => void {
  let last = performance.now();
  return (bytes, ofBytes) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    printNote(`${megabytes(bytes)}${ofBytes === undefined ? '' : ` of ${megabytes(ofBytes)}`}`);
  };
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [head, ...rows]) {
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function text(value: Invocation['options'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
