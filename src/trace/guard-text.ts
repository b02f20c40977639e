/**
 * A guard as written in a machine, in words: its name, or `not`, `and`, `or` over names. XState keeps combined
 * guards as functions with the parts in `guards`. Undefined where there is no guard.
 */
export function guardText(guard: unknown): string | undefined {
  if (guard === undefined || guard === null) return undefined;
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && 'type' in guard) {
    const { type, params } = guard as { type: unknown; params?: unknown };
    return [type, ...wordsIn(params)].join(' ');
  }
  if (typeof guard !== 'function') return undefined;
  if (!('guards' in guard) || !Array.isArray(guard.guards)) return guard.name || '(unnamed)';
  const parts = guard.guards.map((part) => guardText(part) ?? '(unnamed)');
  return guard.name === 'not' ? `not (${parts[0]})` : parts.join(guard.name === 'or' ? ' or ' : ' and ');
}

/** Fixed parameters read as the rest of the guard's name: `progress is made by` `vision`. */
function wordsIn(params: unknown): string[] {
  if (typeof params !== 'object' || params === null) return [];
  return Object.values(params).filter((word) => typeof word === 'string');
}
