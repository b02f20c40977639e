export function plural(count: number, noun: string, ending = 's'): string {
  return `${count} ${noun}${count === 1 ? '' : ending}`;
}

export function isoTime(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
