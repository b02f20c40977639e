import { expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { missingPackages, nodeProblem } from '../../src/runtime/native-setup.ts';
import { vigil } from '../cli/vigil.ts';

test('what is missing for building is named as apt-get calls it, for the parts that are wanted alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vigil-build-'));
  expect(missingPackages(['gpio'], root)).toEqual(['g++', 'make', 'python3', 'libgpiod-dev']);
  for (const path of ['usr/bin/g++', 'usr/bin/make', 'usr/local/bin/python3', 'usr/include/gpiod.h']) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
  expect(missingPackages(['gpio'], root)).toEqual([]);
  expect(missingPackages(['camera', 'microphone'], root)).toEqual(['libopencv-dev', 'libportaudio2']);
  await rm(root, { recursive: true });
});

test('without Node, or with an old one, it says so and how to get one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-node-'));
  expect(nodeProblem(folder)).toMatch(/^Node is not installed\. .*https:/);
  const script = async (name: string, says: string) =>
    writeFile(join(folder, name), `#!/bin/sh\necho ${says}\n`, { mode: 0o755 });
  await script('node', 'v14.21.3');
  expect(nodeProblem(folder)).toMatch(/^npm is not installed/);
  await script('npm', '8.0.0');
  expect(nodeProblem(folder)).toMatch(/^Node v14\.21\.3 is too old/);
  await script('node', 'v22.1.0');
  expect(nodeProblem(folder)).toBeUndefined();
  await rm(folder, { recursive: true });
});

test('a part that the co-processor has not is wrong use', async () => {
  const { exitCode, stderr } = await vigil(['setup', 'native', 'speaker']);
  expect([exitCode, stderr.includes('it has: camera, microphone, gpio')]).toEqual([2, true]);
});
