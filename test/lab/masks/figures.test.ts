import { expect, test } from 'bun:test';
import { adviceOf } from '../../../src/lab/masks/advice.ts';
import { type EnrolledPerson, type Probe, tableOf } from '../../../src/lab/masks/figures.ts';

/** A unit vector of two numbers; 10 degrees apart is a squared distance of 0.03. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
}

const limits = { threshold: 0.1, margin: 0.01 };
/** Bare faces at 0 and 90 degrees, the same with masks at 40 and 130. */
const people: EnrolledPerson[] = [
  { person: 'Ana', bare: at(0), masked: at(40) },
  { person: 'Bea', bare: at(90), masked: at(130) },
];
const probe = (person: string, masked: boolean, degrees: number | null): Probe => ({
  ...{ person, masked, stranger: person.startsWith('stranger') },
  embedding: degrees === null ? null : at(degrees),
});
const probes: Probe[] = [
  probe('Ana', false, 2),
  probe('Ana', true, 41),
  probe('Bea', false, 88),
  probe('Bea', true, 133),
  probe('Bea', true, null),
  probe('stranger 1', true, 48),
  probe('stranger 2', false, 200),
];

test('one sample recognises its own kind, two recognise both, and let a masked stranger in', () => {
  const [masked, bare, both, mean] = tableOf(people, probes, limits);
  const counts = ({
    recognisedMasked,
    recognisedBare,
    strangersMasked,
    strangersBare,
  }: typeof masked & object) =>
    [recognisedMasked, recognisedBare, strangersMasked, strangersBare].map(
      ({ count, of }) => `${count}/${of}`,
    );
  expect(counts(masked!)).toEqual(['2/3', '0/2', '1/1', '0/1']);
  expect(counts(bare!)).toEqual(['0/3', '2/2', '0/1', '0/1']);
  expect(counts(both!)).toEqual(['2/3', '2/2', '1/1', '0/1']);
  // Half way between, at 20 and 110 degrees: Ana's bare picture alone, 18 degrees off, is within 0.1.
  expect(counts(mean!)).toEqual(['0/3', '1/2', '0/1', '0/1']);
  expect(both!.accuracy).toMatchObject({ count: 5, of: 7 });
  expect(bare!.accuracy).toMatchObject({ count: 4, of: 7 });
  expect(both!.fittedThreshold!).toBeLessThan(bare!.fittedThreshold!);
});

test('a picture without a face is nobody: wrong for somebody enrolled, right for a stranger', () => {
  const [, bare] = tableOf(people, [probe('Ana', true, null), probe('stranger', true, null)], limits);
  expect(bare!.accuracy).toMatchObject({ count: 1, of: 2 });
  expect(bare!.fittedThreshold).toBeNull();
});

test('the advice follows the numbers', () => {
  const advice = adviceOf(tableOf(people, probes, limits)).join('\n');
  expect(advice).toContain('one picture of each kind');
  expect(advice).toContain('66.7 % are recognised instead of 0 %');
  expect(advice).toContain('Never enrol the mask alone');
  expect(advice).toContain('50 % of their pictures are given a name with both, 0 % with the bare one alone');
  expect(advice).toContain('lower the threshold');
  const useless = adviceOf(
    tableOf(people, [probe('Ana', true, 1), probe('stranger', false, 250)], limits),
  ).join('\n');
  expect(useless).toContain('gains little here');
  expect(useless).not.toContain('Never enrol the mask alone');
});
