import type { Cell, Table } from './document.ts';

/** `3/304 1 % (0.3–2.9)`, `0.83 % (0.2–2)`, `12.4 (11–14)`; a dash where nothing was measured. */
export function cellText(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if ('count' in cell) {
    const { count, of, low, high } = cell;
    return of === 0
      ? 'none'
      : `${count}/${of} ${percent(count / of, 1)} % (${percent(low, 1)}–${percent(high, 1)})`;
  }
  if ('share' in cell) {
    const digits = cell.digits ?? 2;
    return `${percent(cell.share, digits)} %${range(cell.low, cell.high, (share) => percent(share, digits))}`;
  }
  const write = (value: number) => decimal(value, cell.digits);
  return `${write(cell.number)}${range(cell.low, cell.high, write)}`;
}

function range(low: number | undefined, high: number | undefined, write: (value: number) => string): string {
  return low === undefined || high === undefined ? '' : ` (${write(low)}–${write(high)})`;
}

/** A share in per cent, without zeros at its end. */
export function percent(share: number, digits: number): string {
  return `${Number((share * 100).toFixed(digits))}`;
}

/** With so many digits after the point, or three figures. */
function decimal(value: number, digits: number | undefined): string {
  if (digits !== undefined) return value.toFixed(digits);
  return Math.abs(value) >= 100 ? `${Math.round(value)}` : `${Number(value.toPrecision(3))}`;
}

/** `time a face (ms)` */
export function columnHead({ label, unit }: Table['columns'][number]): string {
  return unit === undefined ? label : `${label} (${unit})`;
}
