/**
 * A guard as written in a machine, in words: its name, or `not`, `and`, `or` over names. XState keeps combined
 * guards as functions with the parts in `guards`. Undefined where there is no guard.
 */
export function guardText(guard: unknown): string | undefined {
  if (guard === undefined || guard === null) return undefined;
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && 'type' in guard) return String(guard.type);
  if (typeof guard !== 'function') return undefined;
  if (!('guards' in guard) || !Array.isArray(guard.guards)) return guard.name || '(unnamed)';
  const parts = guard.guards.map((part) => guardText(part) ?? '(unnamed)');
  return guard.name === 'not' ? `not ${parts[0]}` : parts.join(guard.name === 'or' ? ' or ' : ' and ');
}
