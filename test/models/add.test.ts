import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AddModelError, addModel, type ModelToAdd } from '../../src/models/add.ts';
import { loadEmbedder } from '../../src/models/embedder.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { sha256Of } from '../../src/models/verify.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { tinyOnnx } from '../support/tiny-onnx.ts';
import { mirrorEmbedder, mirrorGraph, temporaryFolder } from './tiny-models.ts';

const onnx = tinyOnnx(mirrorGraph(false, 16));
const sha256 = sha256Of(onnx);

/** A folder with a network, its entry, and an empty folder for added models. */
function workshop() {
  const folder = temporaryFolder();
  const source = join(folder.path, 'My Network.onnx');
  writeFileSync(source, onnx);
  const {
    path: _,
    added: __,
    file: ___,
    ...entry
  } = mirrorEmbedder(folder.path, {
    layout: 'nhwc',
    channels: 'rgb',
    normalisation: { kind: 'none' },
  });
  const { sha256: ____, bytes: _____, ...withoutFacts } = entry;
  const addedDir = join(folder.path, 'state/models');
  return {
    [Symbol.dispose]: folder[Symbol.dispose],
    source,
    addedDir,
    entry: withoutFacts,
    description: (change: object = {}): ModelToAdd['description'] => ({
      kind: 'entry',
      path: 'entry.json',
      text: JSON.stringify({ ...withoutFacts, ...change }),
    }),
    async add(toAdd: ModelToAdd, signal = new AbortController().signal) {
      const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir });
      return await addModel(toAdd, manifest, addedDir, { signal });
    },
    /** Why it was not added; nothing may be left of the try. */
    async refusal(toAdd: ModelToAdd): Promise<string> {
      const before = existsSync(addedDir) ? readdirSync(addedDir).sort() : [];
      const error = await this.add(toAdd).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(existsSync(addedDir) ? readdirSync(addedDir).sort() : []).toEqual(before);
      return String(error);
    },
  };
}

describe('adding a model from a file', () => {
  test('takes a copy, notes its hash, and the model can be used at once', async () => {
    using shop = workshop();
    const { entry, trial } = await shop.add({ source: shop.source, description: shop.description() });
    expect(entry).toMatchObject({ id: 'mirror', file: 'mirror.onnx', sha256, bytes: onnx.length });
    expect(trial).toBe('it runs; 768 numbers an embedding');
    expect(readdirSync(shop.addedDir).sort()).toEqual(['manifest.json', 'mirror.onnx']);
    const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: shop.addedDir });
    const { embedder } = manifest.pipeline({ embedder: 'mirror' });
    expect(embedder).toMatchObject({ added: true, licence: 'MIT' });
    await (await loadEmbedder(embedder)).close();
  });

  test('uses it like another one when asked to', async () => {
    using shop = workshop();
    await shop.add({ source: shop.source, description: shop.description() });
    const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: shop.addedDir });
    const { path: _, added: __, ...model } = manifest.pipeline({ embedder: 'mirror' }).embedder;
    const other = tinyOnnx({
      ...mirrorGraph(false, 16),
      constants: [{ name: 'x', dims: [1], data: Float32Array.of(1) }],
    });
    writeFileSync(shop.source, other);
    const { entry } = await shop.add({
      source: shop.source,
      description: { kind: 'like', model, id: 'mirror-2' },
    });
    expect(entry).toMatchObject({
      id: 'mirror-2',
      file: 'mirror-2.onnx',
      output: model.output,
      licence: 'not stated',
    });
    expect(readdirSync(shop.addedDir).sort()).toEqual(['manifest.json', 'mirror-2.onnx', 'mirror.onnx']);
  });

  test('refuses a hash that is not the file’s, and says both', async () => {
    using shop = workshop();
    const expected = 'a'.repeat(64);
    const why = await shop.refusal({
      source: shop.source,
      sha256: expected,
      description: shop.description(),
    });
    expect(why).toContain(expected);
    expect(why).toContain(sha256);
    expect(
      await shop.refusal({ source: shop.source, description: shop.description({ sha256: expected }) }),
    ).toContain(expected);
    expect(
      await shop.refusal({ source: shop.source, sha256: 'abc', description: shop.description() }),
    ).toContain('64');
  });

  test('refuses an id that is taken, and the same file for the same use', async () => {
    using shop = workshop();
    await shop.add({ source: shop.source, description: shop.description() });
    expect(await shop.refusal({ source: shop.source, description: shop.description() })).toContain(
      "there is a model 'mirror' already",
    );
    expect(
      await shop.refusal({ source: shop.source, description: shop.description({ id: 'face128' }) }),
    ).toContain("'face128' already");
    expect(
      await shop.refusal({ source: shop.source, description: shop.description({ id: 'twin' }) }),
    ).toContain("is there already, as 'mirror'");
  });

  test('refuses what is not there, a folder, an empty file and what is no network', async () => {
    using shop = workshop();
    const refused = (source: string) => shop.refusal({ source, description: shop.description() });
    expect(await refused(`${shop.source}x`)).toContain(`${shop.source}x cannot be read`);
    expect(await refused(join(shop.source, '..'))).toContain('is not a file');
    writeFileSync(shop.source, '');
    expect(await refused(shop.source)).toContain('empty');
    writeFileSync(shop.source, 'version https://git-lfs.github.com/spec/v1\noid sha256:0');
    expect(await refused(shop.source)).toContain('Git LFS pointer');
    writeFileSync(shop.source, onnx.slice(0, -9));
    expect(await refused(shop.source)).toContain('not a network onnxruntime can run');
    expect(await refused('ftp://example.org/a.onnx')).toContain("'ftp:' is not supported");
  });

  test('refuses an entry that does not fit the network', async () => {
    using shop = workshop();
    const refused = (change: object) =>
      shop.refusal({ source: shop.source, description: shop.description(change) });
    expect(await refused({ output: { ...shop.entry.output, length: 12 } })).toContain(
      "output 'numbers' is [n,768]",
    );
    expect(await refused({ input: { ...shop.entry.input, layout: 'nchw' } })).toContain('the manifest says');
    expect(await refused({ colour: 'red' })).toContain('colour: unknown key');
    expect(
      await shop.refusal({ source: shop.source, description: { kind: 'entry', path: 'e.json', text: '{' } }),
    ).toContain('e.json is not JSON');
  });

  test('refuses an embedder that does not look at the picture', async () => {
    using shop = workshop();
    const blind = mirrorGraph(false, 16);
    writeFileSync(
      shop.source,
      tinyOnnx({
        ...blind,
        nodes: [
          ...blind.nodes.map((node) => ({ ...node, outputs: ['seen'] })),
          { op: 'Sub', inputs: ['seen', 'seen'], outputs: ['numbers'] },
        ],
      }),
    );
    expect(await shop.refusal({ source: shop.source, description: shop.description() })).toContain(
      'same embedding',
    );
  });

  test('survives a network that brings its process down, or wants more memory than there is', async () => {
    using shop = workshop();
    const mirror = mirrorGraph(false, 16);
    const length = 2n ** 40n;
    writeFileSync(
      shop.source,
      tinyOnnx({
        ...mirror,
        constants: [{ name: 'times', dims: [2], data: BigInt64Array.of(1n, length) }],
        nodes: [
          { op: 'Flatten', inputs: ['chips'], outputs: ['flat'], attributes: { axis: 1 } },
          { op: 'Tile', inputs: ['flat', 'times'], outputs: ['numbers'] },
        ],
      }),
    );
    expect(await shop.refusal({ source: shop.source, description: shop.description() })).toMatch(
      /the run failed|crashed/,
    );
  });

  test('clears away what a killed process left, and not what is being written', async () => {
    using shop = workshop();
    mkdirSync(shop.addedDir, { recursive: true });
    writeFileSync(join(shop.addedDir, 'old.part'), 'half');
    writeFileSync(join(shop.addedDir, 'new.part'), 'half');
    utimesSync(join(shop.addedDir, 'old.part'), 0, 0);
    await shop.add({ source: shop.source, description: shop.description() });
    expect(readdirSync(shop.addedDir).sort()).toEqual(['manifest.json', 'mirror.onnx', 'new.part']);
  });
});

describe('adding YuNet', () => {
  const file = 'models/face/yunet_2023mar.onnx';
  test.skipIf(!testData(file))(
    `needs its file and the entry that is shipped, no more${skipReason(file)}`,
    async () => {
      using shop = workshop();
      const path = join(shippedModelsDir, 'known/yunet-2023mar.json');
      const { entry, trial } = await shop.add({
        source: testData(file)!,
        description: { kind: 'entry', path, text: readFileSync(path, 'utf8') },
      });
      expect(entry).toMatchObject({ id: 'yunet-2023mar', bytes: 232_589 });
      expect(trial).toBe('it runs; 0 faces in a picture without one');
    },
  );
});

describe('adding a model from an address', () => {
  let server: Bun.Server<undefined>;
  let at: (path: string) => string;
  let hang: (() => void) | undefined;
  let announcing: Bun.TCPSocketListener;
  beforeAll(() => {
    server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      routes: {
        '/good.onnx': () => new Response(onnx),
        '/moved.onnx': () => Response.redirect('/good.onnx'),
        '/page': () => new Response('<!doctype html><title>Sign in</title>'),
        '/hanging': () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                controller.enqueue(onnx.slice(0, 50));
                hang?.();
                return new Promise(() => {});
              },
            }),
          ),
      },
      fetch: () => new Response('no', { status: 404, statusText: 'Not Found' }),
      error: () => new Response('broken', { status: 500 }),
    });
    at = (path) => new URL(path, server.url).href;
    // Announces the bytes its path names, sends fifty and closes.
    announcing = Bun.listen({
      port: 0,
      hostname: '127.0.0.1',
      socket: {
        data(socket, request) {
          const announced = /\/(\d+) /.exec(request.toString())?.[1];
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${announced}\r\n\r\n`);
          socket.write(onnx.slice(0, 50));
          socket.end();
        },
      },
    });
  });
  afterAll(() => {
    server.stop(true);
    announcing.stop(true);
  });

  test('fetches it when the hash is given, here or in the entry', async () => {
    for (const path of ['/good.onnx', '/moved.onnx']) {
      using shop = workshop();
      const { entry } = await shop.add({
        source: at(path),
        sha256: sha256.toUpperCase(),
        description: shop.description(),
      });
      expect(entry.sha256).toBe(sha256);
      expect(readdirSync(shop.addedDir).sort()).toEqual(['manifest.json', 'mirror.onnx']);
    }
    using shop = workshop();
    await shop.add({ source: at('/good.onnx'), description: shop.description({ sha256 }) });
  });

  test('refuses an address without a hash before asking for it', async () => {
    using shop = workshop();
    expect(await shop.refusal({ source: at('/good.onnx'), description: shop.description() })).toContain(
      '--sha256',
    );
    expect(existsSync(shop.addedDir)).toBe(false);
  });

  test('leaves nothing behind after an answer that is no model, and says what came', async () => {
    using shop = workshop();
    const refused = (path: string) =>
      shop.refusal({ source: at(path), sha256, description: shop.description() });
    expect(await refused('/nowhere')).toContain('answers 404 Not Found');
    expect(await refused('/page')).toContain('looks like a web page');
    expect(await refused('/broken')).toContain(at('/broken'));
    const address = at('/x').replace(/:\d+/, ':1');
    expect(await shop.refusal({ source: address, sha256, description: shop.description() })).toContain(
      address,
    );
  });

  test('refuses one that ends too early or announces too much', async () => {
    using shop = workshop();
    const refused = (bytes: number) => {
      const source = `http://127.0.0.1:${announcing.port}/${bytes}`;
      return shop.refusal({ source, sha256, description: shop.description() });
    };
    expect(await refused(onnx.length)).toContain(`http://127.0.0.1:${announcing.port}/${onnx.length}: `);
    expect(await refused(600 * 1024 * 1024)).toContain('more than 512 MiB');
  });

  test('stops when interrupted in the middle, and leaves nothing behind', async () => {
    using shop = workshop();
    const controller = new AbortController();
    hang = () => controller.abort(new Error('interrupted'));
    const adding = shop.add(
      { source: at('/hanging'), sha256, description: shop.description() },
      controller.signal,
    );
    await expect(adding).rejects.toThrow('interrupted');
    expect(readdirSync(shop.addedDir)).toEqual([]);
  });

  test('is an AddModelError when refused', async () => {
    using shop = workshop();
    const adding = shop.add({ source: at('/nowhere'), sha256, description: shop.description() });
    await expect(adding).rejects.toBeInstanceOf(AddModelError);
  });
});
