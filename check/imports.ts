import { dirname, join, normalize } from 'node:path';
import { type Layer, layeredFolders, layers } from './import-rules.ts';
import { readSource, type Source, type SourceImport } from './source.ts';

/** Every breach of the import rules in these files, as `file:line: sentence`. */
export function importProblems(sources: readonly Source[]): string[] {
  return [...sources.flatMap(layerProblems), ...circleProblems(sources)];
}

function layerProblems(source: Source): string[] {
  if (!layeredFolders.some((folder) => isIn(source.path, folder))) return [];
  const layer = layerOf(source.path);
  if (layer === undefined)
    return [`${source.path}:1: belongs to no layer; give its folder one in check/import-rules.ts`];
  return source.imports.flatMap((one) => {
    const problem = problemOf(source.path, layer, one);
    return problem === undefined ? [] : [`${source.path}:${one.line}: ${problem}`];
  });
}

function problemOf(path: string, layer: Layer, { specifier, typeOnly }: SourceImport): string | undefined {
  if (!specifier.startsWith('.')) {
    if (layer.packages === 'any' || layer.packages.some((name) => isPackage(specifier, name)))
      return undefined;
    const allowed = layer.packages.length === 0 ? 'none' : layer.packages.join(', ');
    return `imports ${specifier}; packages that ${layer.path} may import: ${allowed}`;
  }
  const target = normalize(join(dirname(path), specifier));
  if ([layer.path, ...layer.imports].some((folder) => isIn(target, folder))) return undefined;
  const types = layer.types ?? [];
  if (types.some((folder) => isIn(target, folder))) {
    return typeOnly ? undefined : `imports ${target}; ${layer.path} may import only its types (import type)`;
  }
  const allowed = [...layer.imports, ...types.map((folder) => `types of ${folder}`)].join(', ');
  return `imports ${target}; ${layer.path} may import itself${allowed === '' ? ' alone' : `, ${allowed}`}`;
}

/** `zod` is also `zod/v4`; `node:` is every module of Node. */
function isPackage(specifier: string, name: string): boolean {
  return name.endsWith(':')
    ? specifier.startsWith(name)
    : specifier === name || specifier.startsWith(`${name}/`);
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function layerOf(path: string): Layer | undefined {
  return layers
    .filter((layer) => isIn(path, layer.path))
    .reduce<Layer | undefined>(
      (best, one) => (best === undefined || one.path.length > best.path.length ? one : best),
      undefined,
    );
}

/** Circles of files, each told once, by a depth-first walk: an edge back to a file on the way closes a circle. */
function circleProblems(sources: readonly Source[]): string[] {
  const targets = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => normalize(join(dirname(path), specifier))),
    ]),
  );
  const done = new Set<string>();
  const way: string[] = [];
  const problems: string[] = [];
  const visit = (path: string): void => {
    if (done.has(path)) return;
    const begin = way.indexOf(path);
    if (begin !== -1) {
      problems.push(`${path}:1: imports itself in a circle: ${[...way.slice(begin), path].join(' -> ')}`);
      return;
    }
    way.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    way.pop();
    done.add(path);
  };
  for (const { path } of sources) visit(path);
  return problems;
}

/** Reads the TypeScript files of the layered folders below `root`. */
export async function readSources(root: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const folder of layeredFolders) {
    const files = new Bun.Glob(`${folder}/**/*.ts`).scan({ cwd: root });
    for await (const path of files) sources.push(readSource(path, await Bun.file(join(root, path)).text()));
  }
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1));
}

if (import.meta.main) {
  const sources = await readSources(join(import.meta.dir, '..'));
  const problems = importProblems(sources);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
