import { parseSync, Visitor } from 'oxc-parser';

export interface SourceImport {
  /** As written: `../hal/contract/clock.ts` or `zod`. */
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface Source {
  /** From the project's folder: `src/cli/main.ts`. */
  readonly path: string;
  readonly imports: readonly SourceImport[];
}

/** Reads what a TypeScript file imports: also `import type`, re-exports, `import()` and types by `import()`. */
export function readSource(path: string, text: string): Source {
  const { module, program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);

  const imports: SourceImport[] = [];
  const add = (specifier: unknown, typeOnly: boolean, offset: number) => {
    // One that is computed at run time (a Worker's file, a test's fixture) has no place to be checked.
    if (typeof specifier !== 'string') return;
    imports.push({ specifier, typeOnly, line: text.slice(0, offset).split('\n').length });
  };
  for (const { moduleRequest, entries, start } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType), start);
  }
  for (const { entries } of module.staticExports) {
    // One entry for each name, all of one statement.
    const [first] = entries;
    if (first === undefined) continue;
    add(
      first.moduleRequest?.value,
      entries.every((entry) => entry.isType),
      first.start,
    );
  }
  new Visitor({
    ImportExpression: ({ source, start }) =>
      add(source.type === 'Literal' ? source.value : undefined, false, start),
    TSImportType: ({ source, start }) => add(source.value, true, start),
  }).visit(program);
  return { path, imports };
}
