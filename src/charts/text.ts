/**
 * Widths of common sans-serif letters as shares of the font size, on the wide side, so that a box fits its text
 * whatever font the viewer has. Close to DejaVu Sans, the widest in use.
 */
const widths: readonly (readonly [letters: string, share: number])[] = [
  ["ijl.,:;'|!", 0.32],
  ['ft()[]-/ r', 0.4],
  ['mwMW✓✗', 0.95],
  ['ABCDEFGHKNOPQRSTUVXYZ&', 0.72],
];
const otherwise = 0.62;

const shareOf = new Map(widths.flatMap(([letters, share]) => [...letters].map((letter) => [letter, share])));

/** An upper estimate of how wide the text is drawn, in px. */
export function textWidthPx(text: string, fontPx: number, bold = false): number {
  let shares = 0;
  for (const letter of text) shares += shareOf.get(letter) ?? otherwise;
  return Math.ceil(shares * fontPx * (bold ? 1.08 : 1));
}

/** The text in lines of at most `maxPx`, broken at blanks; a longer word stands alone. */
export function wrapText(text: string, fontPx: number, maxPx: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidthPx(longer, fontPx) > maxPx) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  return lines;
}
