import { afterEach, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/read.ts';
import { examine } from '../../src/runtime/doctor/doctor.ts';
import type { Finding } from '../../src/runtime/doctor/finding.ts';
import { supportBundle, withoutSecrets } from '../../src/runtime/support-bundle.ts';
import { name, searches, storeWithPerson } from '../people/erasure-search.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

/** A device that knows somebody, has seen her, and looks through a camera with a password. */
async function bundle() {
  const stateDirectory = join(temporaryFolder(), 'state');
  const { store, sample } = storeWithPerson(stateDirectory);
  const { subjectId } = sample;
  store.close();
  const trace = [
    { v: 1, seq: 1, tMs: 5, kind: 'snapshot', actor: 'device', states: ['operating'], tags: [] },
    {
      ...{ v: 1, seq: 2, tMs: 6, kind: 'event', event: 'LOOK.COMPLETED', to: 'device/vision', from: null },
      data: { subjectId, distance: 0.123456, name },
    },
    { v: 1, seq: 3, tMs: 7, kind: 'invariant', rule: 'bounded', subject: subjectId, causeSeq: 2 },
    { v: 1, seq: 4, tMs: 8, kind: 'hal.out', device: 'green', op: 'set', on: true, grantId: 'g1' },
  ];
  mkdirSync(join(stateDirectory, 'trace'));
  const lines = trace.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(join(stateDirectory, 'trace/last.ndjson'), `${lines}{"v":1,"seq":5,`);
  const configFile = join(stateDirectory, 'vigil.toml');
  writeFileSync(
    configFile,
    '[camera]\nsource = "rtsp://porter:hunter2-at-home@10.0.0.9/stream?token=abc123def&q=1"\n',
  );
  const findings: Finding[] = [];
  const signal = new AbortController().signal;
  for await (const finding of examine({ configFile, stateDirectory, signal })) findings.push(finding);
  const read = await readConfig({ file: configFile, flags: [] });
  const bytes = await supportBundle({ read, findings, stateDirectory });
  const files = await new Bun.Archive(bytes).files();
  const text = new Map<string, string>();
  for (const [path, file] of files) text.set(path, await file.text());
  return { text, wanted: searches(stateDirectory, sample), sample };
}

test('a bundle has findings, configuration, versions and what the parts did, and nobody and no secret is in it', async () => {
  const { text, wanted } = await bundle();
  expect([...text.keys()].sort()).toEqual([
    'vigil/doctor.json',
    'vigil/trace.ndjson',
    'vigil/versions.json',
    'vigil/vigil.toml',
  ]);
  const all = Buffer.from([...text.values()].join('\n'));
  const found = Object.entries(wanted).filter(([, needle]) => all.includes(needle));
  expect(found.map(([what]) => what)).toEqual([]);
  for (const secret of ['hunter2', 'porter', 'abc123def', '0.123456', 'storeKey']) {
    expect([secret, all.includes(secret)]).toEqual([secret, false]);
  }
  expect(text.get('vigil/vigil.toml')).toContain('rtsp://…@10.0.0.9/stream?token=…&q=1');
  expect(text.get('vigil/doctor.json')).toContain('61 enrolled');
  const records = (text.get('vigil/trace.ndjson') ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(records[1]).toEqual({
    ...{ v: 1, seq: 2, tMs: 6, kind: 'event', event: 'LOOK.COMPLETED', to: 'device/vision', from: null },
  });
}, 30_000);

test('addresses keep all but users and passwords, and secrets by name go', () => {
  expect(withoutSecrets('mqtts://user:p%40ss@broker:8883/x')).toBe('mqtts://…@broker:8883/x');
  expect(withoutSecrets('http://cam/stream?width=640&user_password=x&fps=5')).toBe(
    'http://cam/stream?width=640&user_password=…&fps=5',
  );
  expect(withoutSecrets('webhook_secret = "abc"  # default')).toBe('webhook_secret = "…"');
  expect(withoutSecrets('secret_file = "/etc/vigil/secret"')).toBe('secret_file = "/etc/vigil/secret"');
});
