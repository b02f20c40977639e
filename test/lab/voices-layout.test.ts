import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findSpeech } from '../../src/lab/voices-layout.ts';
import { InputError } from '../../src/runtime/input-error.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-speech-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Four recordings each; nobody looks into them here. */
function speakers(...names: string[]): void {
  for (const name of names) put(...[0, 1, 2, 3].map((i) => `${name}/${i}.flac`));
}

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
}

describe('who speaks in which file', () => {
  test('stands in the folders of `speakers`, and every file of `cohort` is a stranger', async () => {
    speakers('speakers/ann', 'speakers/bob');
    put('cohort/1.wav', 'cohort/2.mp3', 'README.md', 'speakers/ann/notes.txt', 'speakers/.hidden/1.wav');
    const found = await findSpeech(folder);
    expect(found.speakers.map(({ person, files }) => [person, files.length])).toEqual([
      ['ann', 4],
      ['bob', 4],
    ]);
    expect(found.strangers).toEqual([
      { person: 'cohort/1.wav', files: [join(folder, 'cohort/1.wav')] },
      { person: 'cohort/2.mp3', files: [join(folder, 'cohort/2.mp3')] },
    ]);
  });

  test('stands in the folder itself where it has no folder `speakers`', async () => {
    speakers('ann', 'bob', 'cem/first-day');
    put('strangers/zoe/1.ogg', 'strangers/zoe/chapter/2.ogg');
    const found = await findSpeech(folder);
    expect(found.speakers.map(({ person }) => person)).toEqual(['ann', 'bob', 'cem']);
    expect(found.strangers.map(({ person, files }) => [person, files.length])).toEqual([
      ['strangers/zoe', 2],
    ]);
  });

  test('may be without strangers', async () => {
    speakers('ann', 'bob');
    expect((await findSpeech(folder)).strangers).toEqual([]);
  });
});

describe('a folder that does not fit is refused with what is wrong:', () => {
  test.each<[string, () => void, RegExp]>([
    ['it is not there', () => rmSync(folder, { recursive: true }), /is not there; --data takes/],
    ['it is empty', () => {}, /no folder of a speaker; two or more/],
    ['one speaker', () => speakers('ann'), /one speaker alone; two or more/],
    [
      'too few recordings',
      () => {
        speakers('ann');
        put('bob/1.flac');
      },
      /bob has one recording; a speaker needs 4/,
    ],
    ['a file without a speaker', () => put('speakers/1.wav'), /1\.wav: who speaks\?.*NAME\/1\.wav/],
    [
      'strangers without a recording',
      () => {
        speakers('ann', 'bob');
        put('cohort/list.txt');
      },
      /cohort has no recording/,
    ],
  ])('%s', async (_, prepare, message) => {
    prepare();
    const error = await findSpeech(folder).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(message);
  });

  test('a file', async () => {
    put('speech.flac');
    const error = await findSpeech(join(folder, 'speech.flac')).catch((error: unknown) => error);
    expect(String(error)).toMatch(/is no folder/);
  });
});
