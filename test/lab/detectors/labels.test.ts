import { expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseLabels, readLabels } from '../../../src/lab/detectors/labels.ts';

test('counts are read, whatever the spreadsheet made of the lines', () => {
  const { kind, byFile } = parseLabels(
    '\uFEFFFile, Count\r\na.jpg,4\r\n"with, comma.jpg",0\r\n\r\n./sub\\b.png,12',
    'l.csv',
  );
  expect(kind).toBe('counts');
  expect([...byFile]).toEqual([
    ['a.jpg', 4],
    ['with, comma.jpg', 0],
    ['sub/b.png', 12],
  ]);
});

test('boxes are read, several a picture, and a picture without a face', () => {
  const { kind, byFile } = parseLabels(
    'file,x,y,width,height\na.jpg,1,2,3,4\nempty.jpg,,,,\na.jpg,-5,6.5,7,8\n',
    'l.csv',
  );
  expect(kind).toBe('boxes');
  expect([...byFile]).toEqual([
    [
      'a.jpg',
      [
        { x: 1, y: 2, width: 3, height: 4 },
        { x: -5, y: 6.5, width: 7, height: 8 },
      ],
    ],
    ['empty.jpg', []],
  ]);
});

test.each([
  ['a.jpg,4', 'line 1: the first line must be'],
  ['', 'line 1: the first line must be'],
  ['file,count\n', 'no label in it'],
  ['file,count\na.jpg', 'line 2: it must be file,count'],
  ['file,count\na.jpg,4\na.jpg,5', 'line 3: a.jpg has a count already'],
  ['file,count\na.jpg,-1', 'below 0'],
  ['file,count\na.jpg,1.5', 'whole number'],
  ['file,count\na.jpg,', 'line 2'],
  ['file,count\na.jpg,many', 'line 2'],
  ['file,x,y,width,height\na.jpg,1,2,3', 'line 2: it must be file,x,y,width,height'],
  ['file,x,y,width,height\na.jpg,1,2,3,', 'line 2'],
  ['file,x,y,width,height\na.jpg,1,2,0,4', 'above 0'],
  ['file,x,y,width,height\na.jpg,1,2,Infinity,4', 'line 2'],
])('labels that are not right are refused with their line: %j', (text, message) => {
  expect(() => parseLabels(text, 'labels.csv')).toThrow(message);
  expect(() => parseLabels(text, 'labels.csv')).toThrow('labels.csv');
});

test('a labels file that is not there is said by name', async () => {
  const path = join(tmpdir(), 'no-such-labels.csv');
  const error = await readLabels(path).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'InputError', message: expect.stringContaining(path) });
});

test('what was written is read again', () => {
  const file = fc.stringMatching(/^[a-z][a-z0-9 ,_-]{0,8}\.jpg$/);
  const side = fc.double({ min: 0.1, max: 5000, noNaN: true });
  const place = fc.double({ min: -100, max: 5000, noNaN: true });
  const box = fc.record({ x: place, y: place, width: side, height: side });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(file, fc.array(box, { maxLength: 4 })), {
        minLength: 1,
        maxLength: 6,
        selector: ([name]) => name,
      }),
      (pictures) => {
        const rows = pictures.flatMap(([name, boxes]) =>
          boxes.length === 0
            ? [`${name},,,,`]
            : boxes.map(({ x, y, width, height }) => `${name},${x},${y},${width},${height}`),
        );
        const { byFile } = parseLabels(['file,x,y,width,height', ...rows].join('\n'), 'l.csv');
        // Minus zero is written as zero.
        expect(JSON.stringify([...byFile])).toBe(JSON.stringify(pictures));
      },
    ),
  );
});
