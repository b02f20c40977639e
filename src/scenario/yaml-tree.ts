import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ScenarioFileError } from './file-error.ts';
import type { Place } from './step.ts';

/** A YAML value with its place; keys have places of their own. */
export type YamlTree =
  | { readonly kind: 'map'; readonly place: Place; readonly entries: readonly YamlEntry[] }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly YamlTree[] }
  | { readonly kind: 'value'; readonly place: Place; readonly value: string | number | boolean | null };

export interface YamlEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: YamlTree;
}

/** Reads one YAML 1.2 document. Throws ScenarioFileError with every place where it is malformed. */
export function readYamlTree(text: string, file: string): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new ScenarioFileError(
      problems.map(({ pos, message }) => ({ place: placeAt(pos[0]), message: `not valid YAML: ${message}` })),
    );
  }
  const treeOf = (node: Node | null, fallback: Place): YamlTree => {
    const place = node?.range ? placeAt(node.range[0]) : fallback;
    if (node === null) return { kind: 'value', place, value: null };
    if (isAlias(node)) {
      throw new ScenarioFileError([{ place, message: 'aliases (*name) are not allowed: write it out' }]);
    }
    if (isMap<unknown, Node | null>(node)) {
      const entries = node.items.map(({ key, value }): YamlEntry => {
        const keyPlace = isScalar(key) && key.range ? placeAt(key.range[0]) : place;
        if (!isScalar(key))
          throw new ScenarioFileError([{ place: keyPlace, message: 'a key must be a word' }]);
        return { key: String(key.value), place: keyPlace, value: treeOf(value, keyPlace) };
      });
      return { kind: 'map', place, entries };
    }
    if (isSeq<Node | null>(node)) {
      return { kind: 'list', place, items: node.items.map((item) => treeOf(item, place)) };
    }
    const value = isScalar(node) ? node.value : null;
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      return { kind: 'value', place, value: value as string | number | boolean | null };
    }
    throw new ScenarioFileError([
      { place, message: `${String(value)} is neither text, number nor true or false` },
    ]);
  };
  return treeOf(document.contents, { file, line: 1, column: 1 });
}

/** The plain value of a tree. */
export function plain(tree: YamlTree): unknown {
  if (tree.kind === 'value') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]));
}

/** Where the value at `path` stands, or the nearest there is above it; of a key itself where `ofKey` says so. */
export function placeIn(tree: YamlTree, path: readonly PropertyKey[], ofKey = false): Place {
  let place = tree.place;
  let at: YamlTree | undefined = tree;
  for (const [index, name] of path.entries()) {
    if (at?.kind === 'list' && typeof name === 'number') at = at.items[name];
    else if (at?.kind === 'map') {
      const entry: YamlEntry | undefined = at.entries.find(({ key }) => key === String(name));
      if (ofKey && index === path.length - 1 && entry !== undefined) return entry.place;
      at = entry?.value;
    } else at = undefined;
    if (at === undefined) return place;
    place = at.place;
  }
  return place;
}
