import type { Rate } from '../../decide/rate.ts';
import type { Enrolled, EnrolledFigures } from './figures.ts';

/** What the table says to do, in sentences; each holds for these pictures and says its numbers. */
export function adviceOf(table: readonly EnrolledFigures[]): string[] {
  const of = (enrolled: Enrolled) => table.find((figures) => figures.enrolled === enrolled)!;
  const [masked, bare, both, mean] = [of('masked'), of('bare'), of('both'), of('mean')];
  const lines: string[] = [];
  const gain = shareOf(both.recognisedMasked) - shareOf(bare.recognisedMasked);
  lines.push(
    gain > 0.05
      ? `Enrol people who come with masks with one picture of each kind: with a mask, ${percent(both.recognisedMasked)} are recognised instead of ${percent(bare.recognisedMasked)} with the bare face alone, and without one ${percent(both.recognisedBare)} instead of ${percent(bare.recognisedBare)}.`
      : `A masked picture beside the bare one gains little here: with a mask, ${percent(both.recognisedMasked)} are recognised instead of ${percent(bare.recognisedMasked)}.`,
  );
  if (shareOf(masked.recognisedBare) < shareOf(bare.recognisedBare) - 0.05) {
    lines.push(
      `Never enrol the mask alone: of bare faces ${percent(masked.recognisedBare)} are recognised then, ${percent(bare.recognisedBare)} with a bare picture.`,
    );
  }
  lines.push(
    `A second sample is a second chance for a stranger: ${percentOf(strangersOf(both))} of their pictures are given a name with both, ${percentOf(strangersOf(bare))} with the bare one alone.`,
  );
  if (both.fittedThreshold !== null && bare.fittedThreshold !== null) {
    lines.push(
      both.fittedThreshold < bare.fittedThreshold
        ? `To name no more strangers than before, lower the threshold with the second sample: 1 % of their pictures come within ${bare.fittedThreshold.toFixed(3)} of one bare sample a person, and within ${both.fittedThreshold.toFixed(3)} of the nearer of two.`
        : `The threshold can stay: 1 % of the strangers' pictures come within ${both.fittedThreshold.toFixed(3)} of the nearer of two samples, ${bare.fittedThreshold.toFixed(3)} of one.`,
    );
  }
  const meanShare = (shareOf(mean.recognisedMasked) + shareOf(mean.recognisedBare)) / 2;
  const bothShare = (shareOf(both.recognisedMasked) + shareOf(both.recognisedBare)) / 2;
  lines.push(
    `Kept as their mean, as this device keeps all samples of a person, the two recognise ${percentOf(meanShare)} of pictures, half of them with a mask; kept apart, ${percentOf(bothShare)}.`,
  );
  lines.push(
    `Let no masked face open a door by itself: a mask leaves less to tell people apart by, and ${percent(both.strangersMasked)} of strangers' masked pictures are given a name with both samples. Ask for the voice too.`,
  );
  return lines;
}

function strangersOf({ strangersMasked, strangersBare }: EnrolledFigures): number {
  const of = strangersMasked.of + strangersBare.of;
  return of === 0 ? 0 : (strangersMasked.count + strangersBare.count) / of;
}

function shareOf({ count, of }: Rate): number {
  return of === 0 ? 0 : count / of;
}

function percent(rate: Rate): string {
  return percentOf(shareOf(rate));
}

function percentOf(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
