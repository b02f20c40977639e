import { describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { alignmentId, modelEntrySchema } from '../../src/models/entry.ts';
import { ManifestError } from '../../src/models/errors.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { formatAddedModels, readAddedModels, readManifest } from '../../src/models/manifest.ts';
import { verifyModel } from '../../src/models/verify.ts';
import { mirrorEmbedder, spotDetector, temporaryFolder } from './tiny-models.ts';

const jsonSchema = z.object({
  version: z.number(),
  pipelines: z.array(z.record(z.string(), z.unknown())),
  voiceEmbedder: z.string(),
  models: z.array(z.record(z.string(), z.unknown())),
});
type Json = z.infer<typeof jsonSchema>;

/** Reads a copy of the shipped manifest that `change` has altered. */
async function readChanged(change: (json: Json) => void): Promise<unknown> {
  using folder = temporaryFolder();
  const json = jsonSchema.parse(JSON.parse(readFileSync(join(shippedModelsDir, 'manifest.json'), 'utf8')));
  change(json);
  writeFileSync(join(folder.path, 'manifest.json'), JSON.stringify(json));
  return await readManifest({ shippedDir: folder.path, addedDir: `${folder.path}/none` }).catch(
    (error: unknown) => error,
  );
}

const nothingAdded = { shippedDir: shippedModelsDir, addedDir: join(shippedModelsDir, 'none') };

describe('the shipped manifest', () => {
  test('describes exactly the files that are shipped', async () => {
    const { models } = await readManifest(nothingAdded);
    expect(models.length).toBeGreaterThanOrEqual(7);
    for (const model of models) {
      const bytes = await verifyModel(model);
      expect(bytes.length).toBe(model.bytes);
      expect(model.added).toBe(false);
    }
    const files = [...new Bun.Glob('*.onnx').scanSync(shippedModelsDir)];
    expect(models.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  test('makes the default pipeline of two looks, 68 points, and chip and mirror', async () => {
    const pipeline = (await readManifest(nothingAdded)).pipeline();
    expect(pipeline.detector).toMatchObject({
      kind: 'two-look',
      landscape: { id: 'blazeface-back-256x192' },
      portrait: { id: 'blazeface-back-256x256' },
      smallBoard: { id: 'blazeface-back-192x160' },
      second: { id: 'blazeface-short' },
      find: 0.5,
      act: 0.55,
    });
    expect(pipeline.landmarks.output.count).toBe(68);
    expect(pipeline.embedder.match).toEqual({
      threshold: 0.125,
      strict: 0.104,
      convenient: 0.144,
      margin: 0.03,
    });
    expect(alignmentId(pipeline.embedder.alignment)).toBe('dlib68-150-0.25-flip');
  });

  test('gives the same entries after writing and reading them as added ones', async () => {
    using folder = temporaryFolder();
    const json = jsonSchema.parse(JSON.parse(readFileSync(join(shippedModelsDir, 'manifest.json'), 'utf8')));
    const entries = json.models.map((entry) => modelEntrySchema.parse(entry));
    writeFileSync(join(folder.path, 'manifest.json'), formatAddedModels(entries));
    expect(await readAddedModels(folder.path)).toEqual(entries);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(json.models);
  });

  test('lets another detector or embedder take the place of the default one', async () => {
    using folder = temporaryFolder();
    const {
      path: _,
      added: __,
      ...mirror
    } = mirrorEmbedder(folder.path, {
      layout: 'nchw',
      channels: 'rgb',
      normalisation: { kind: 'prewhiten' },
    });
    writeFileSync(join(folder.path, 'manifest.json'), formatAddedModels([mirror]));
    const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: folder.path });
    const pipeline = manifest.pipeline({ detector: 'ssd-mobilenet-v1', embedder: 'mirror' });
    expect(pipeline.detector).toMatchObject({ kind: 'single', find: 0.3, act: 0.5 });
    expect(pipeline.embedder).toMatchObject({
      id: 'mirror',
      added: true,
      path: join(folder.path, 'mirror.onnx'),
    });
    expect(pipeline.id).not.toBe(manifest.pipeline().id);
    expect(() => manifest.pipeline({ detector: 'mirror' })).toThrow(
      "'mirror' has the role embedder, not detector",
    );
    expect(() => manifest.pipeline({ embedder: 'arcface' })).toThrow(
      "no model 'arcface'; there are face128, mirror",
    );
  });
});

describe('an entry for a file that is not shipped', () => {
  const facts = { file: 'a.onnx', bytes: 1, sha256: '0'.repeat(64) };
  const known = join(shippedModelsDir, 'known');
  for (const name of new Bun.Glob('*.json').scanSync(known)) {
    test(`in models/known/${name} is valid`, () => {
      const entry = JSON.parse(readFileSync(join(known, name), 'utf8'));
      expect(modelEntrySchema.parse({ ...facts, ...entry }).sha256).not.toBe(facts.sha256);
    });
  }

  test('in docs/models.md is valid', () => {
    const text = readFileSync(join(import.meta.dir, '../../docs/models.md'), 'utf8');
    const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!));
    expect(blocks.map((entry) => modelEntrySchema.parse({ ...facts, ...entry }).id)).toEqual(['facenet-512']);
  });
});

describe('a manifest that is wrong', () => {
  for (const [what, change, place] of [
    [
      'an unknown key',
      (json: Json) => Object.assign(json.models[0]!, { thresold: 0.5 }),
      'models[0].thresold: unknown',
    ],
    [
      'an unknown key further in',
      (json: Json) => Object.assign(json.models[1]!.input as object, { layot: 'hwc' }),
      'models[1].input.layot: unknown key',
    ],
    [
      'a value that is not allowed',
      (json: Json) => Object.assign(json.models[0]!, { find: 1.5 }),
      'models[0].find',
    ],
    [
      'a role there is none of',
      (json: Json) => Object.assign(json.models[0]!, { role: 'nose' }),
      'models[0].role',
    ],
    [
      'a path for a file',
      (json: Json) => Object.assign(json.models[0]!, { file: '../a.onnx' }),
      'models[0].file',
    ],
    ['a missing key', (json: Json) => delete json.models[2]!.sha256, 'models[2].sha256'],
    [
      'two models of one id',
      (json: Json) => json.models.push(json.models[0]!),
      "'blazeface-back-256x192' occurs twice",
    ],
    [
      'a pipeline of a model that is not there',
      (json: Json) => json.models.splice(-2, 1),
      "no model 'face128'; there is no other embedder",
    ],
    ['a voice embedder that is not there', (json: Json) => json.models.pop(), "no model 'resemblyzer'"],
    ['another version', (json: Json) => Object.assign(json, { version: 2 }), 'version'],
  ] as const) {
    test(`(${what}) is refused, and the place is named`, async () => {
      const error = await readChanged(change);
      expect(error).toBeInstanceOf(ManifestError);
      expect(String(error)).toContain(place);
    });
  }

  test('(no JSON, or not there) is refused, and the file is named', async () => {
    using folder = temporaryFolder();
    const read = () => readManifest({ shippedDir: folder.path, addedDir: folder.path });
    await expect(read()).rejects.toThrow(`${join(folder.path, 'manifest.json')} is missing`);
    writeFileSync(join(folder.path, 'manifest.json'), '{"version": 1,');
    await expect(read()).rejects.toThrow(`${join(folder.path, 'manifest.json')} is not JSON`);
    writeFileSync(join(folder.path, 'manifest.json'), '[]');
    await expect(read()).rejects.toThrow('the file: ');
  });

  const spot = () => {
    using folder = temporaryFolder();
    const { path: _, added: __, ...entry } = spotDetector(folder.path, 'stretch');
    return entry;
  };
  for (const [what, change, place] of [
    ['a fixed size and no way to get there', { input: { ...spot().input, fit: 'none' } }, 'input.fit'],
    ['half a size', { input: { ...spot().input, widthPx: undefined } }, 'widthPx and heightPx come together'],
    ['acting below finding', { act: 0.1 }, 'is not under find'],
    ['points without names', { output: { ...spot().output, points: 'points' } }, 'come together'],
    ['YuNet of a size it cannot take', { output: { kind: 'yunet' } }, 'multiples of 32'],
    ['normalised bytes', { input: { ...spot().input, dtype: 'uint8' } }, 'uint8 input takes none'],
  ] as const) {
    test(`cannot describe ${what}`, () => {
      const parsed = modelEntrySchema.safeParse({ ...spot(), ...change });
      expect(parsed.success).toBe(false);
      expect(JSON.stringify(parsed.error?.issues)).toContain(place.split('.').at(-1)!);
    });
  }
});

describe('a model file', () => {
  const damages = [
    ['missing', (path: string) => Bun.file(path).delete(), 'missing'],
    ['of no bytes', (path: string) => truncateSync(path, 0), 'truncated'],
    ['cut short', (path: string) => truncateSync(path, 40), 'truncated'],
    ['longer than it should be', (path: string) => writeFileSync(path, 'x', { flag: 'a' }), 'altered'],
    [
      'with one bit changed',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[100]! ^= 1;
        writeFileSync(path, bytes);
      },
      'altered',
    ],
    [
      'that is a folder',
      async (path: string) => {
        await Bun.file(path).delete();
        mkdirSync(path);
      },
      'unreadable',
    ],
  ] as const;
  for (const [what, damage, kind] of damages) {
    test(`${what} is ${kind}: the model, the file and what to do are named`, async () => {
      using folder = temporaryFolder();
      const model = spotDetector(folder.path, 'stretch');
      await verifyModel(model);
      await damage(model.path);
      const error = await verifyModel(model).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'ModelError', kind, modelId: 'spot' });
      expect(String(error)).toContain(model.path);
    });
  }
});
