import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { type AnswerObject, objects, vigilVoices } from './voices-run.ts';

setDefaultTimeout(120_000);
afterEach(removeTemporary);

const data = 'data/speech/librispeech';
const folder = testData(data);

function recordings(path: string): string[] {
  if (folder === undefined) return [];
  return readdirSync(join(folder, path))
    .sort()
    .map((file) => join(folder, path, file));
}

const inputs = (files: readonly string[]) => files.flatMap((file) => ['--input', file]);

test.skipIf(folder === undefined)(
  `people who read books are known from three recordings, strangers are not${skipReason(data)}`,
  async () => {
    const state = temporaryFolder();
    const speakers = readdirSync(join(folder!, 'speakers')).sort().slice(0, 3);
    for (const speaker of speakers) {
      const ran = await vigilVoices(
        'enrol',
        ...[speaker, '--consent', '--state', state, ...inputs(recordings(`speakers/${speaker}`).slice(0, 3))],
      );
      expect([speaker, ran.exitCode]).toEqual([speaker, 0]);
    }
    const tried = speakers.flatMap((speaker) => recordings(`speakers/${speaker}`).slice(3, 6));
    const strangers = recordings('cohort').slice(0, 8);
    const identify = (files: readonly string[]) =>
      vigilVoices('identify', ...inputs(files), '--state', state, '--json');
    const own = objects<AnswerObject>(await identify(tried));
    const wrong = own.filter(({ input, name }) => name !== null && !basename(input).startsWith(`${name}-`));
    expect(wrong).toEqual([]);
    const named = own.filter(({ name }) => name !== null);
    const long = own.filter(({ voicedS }) => voicedS >= 3);
    expect(named.length / long.length).toBeGreaterThan(0.9);
    const others = objects<AnswerObject>(await identify(strangers));
    expect(others).toHaveLength(strangers.length);
    expect(others.filter(({ name }) => name !== null)).toEqual([]);
  },
);
