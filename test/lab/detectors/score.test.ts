import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseLabels } from '../../../src/lab/detectors/labels.ts';
import { type Look, matchBoxes, scoreLooks } from '../../../src/lab/detectors/score.ts';

const square = (x: number, y = 0, side = 10) => ({ x, y, width: side, height: side });
const look = (file: string, boxes: Look['boxes'], labelScale = 1): Look => ({ file, boxes, labelScale });

test('a second box on the same face is wrong, and each face takes the box that fits it best', () => {
  const near = square(1);
  const exact = square(0);
  const { hits, missed } = matchBoxes([near, exact], [square(0), square(50)]);
  expect([...hits]).toEqual([exact]);
  expect(missed).toEqual([square(50)]);
});

test('an overlap of a half is enough, and less is not', () => {
  const label = square(0);
  expect(matchBoxes([{ x: 0, y: 0, width: 10, height: 5 }], [label]).hits.size).toBe(1);
  expect(matchBoxes([{ x: 0, y: 0, width: 10, height: 4.9 }], [label]).hits.size).toBe(0);
});

test('precision and recall count over all labelled pictures; unlabelled ones are left out', () => {
  const labels = parseLabels(
    'file,x,y,width,height\na.jpg,0,0,10,10\na.jpg,50,0,10,10\nempty.jpg,,,,\n',
    'l.csv',
  );
  const score = scoreLooks(
    [look('a.jpg', [square(0)]), look('empty.jpg', [square(3)]), look('other.jpg', [square(7), square(90)])],
    labels,
  );
  expect(score).toMatchObject({
    found: 4,
    counted: { labelled: 2, rightCount: { count: 0, of: 2 }, tooFew: 1, tooMany: 1 },
    boxed: { precision: { count: 1, of: 2 }, recall: { count: 1, of: 2 } },
  });
});

test('labels of a picture that was shrunk are shrunk with it', () => {
  const labels = parseLabels('file,x,y,width,height\na.jpg,0,0,40,40\n', 'l.csv');
  expect(scoreLooks([look('a.jpg', [square(0)], 0.25)], labels).boxed?.recall).toMatchObject({
    count: 1,
    of: 1,
  });
});

test('counts give no precision, and no labels give no score', () => {
  const looks = [look('a.jpg', [square(0), square(20)])];
  const counted = scoreLooks(looks, parseLabels('file,count\na.jpg,2\n', 'l.csv'));
  expect(counted).toMatchObject({ counted: { rightCount: { count: 1, of: 1 } }, boxed: null });
  expect(scoreLooks(looks, undefined)).toEqual({ found: 2, counted: null, boxed: null });
});

test('boxes that are the labels are all right, in any order, and hits never exceed either side', () => {
  const box = fc.record({
    x: fc.integer({ min: 0, max: 100 }),
    y: fc.integer({ min: 0, max: 100 }),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
  });
  const boxes = fc.array(box, { maxLength: 8 });
  fc.assert(
    fc.property(boxes, boxes, (found, labelled) => {
      const { hits, missed } = matchBoxes(found, labelled);
      expect(hits.size + missed.length).toBe(labelled.length);
      expect(hits.size).toBeLessThanOrEqual(found.length);
      expect(matchBoxes(labelled.toReversed(), labelled).missed).toEqual([]);
    }),
  );
});
