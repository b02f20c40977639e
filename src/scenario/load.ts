import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../runtime/input-error.ts';
import { ScenarioFileError } from './file-error.ts';
import { isScenario, type Scenario } from './scenario.ts';
import { placeInStack } from './step.ts';
import { parseYamlScenario } from './yaml.ts';

const yamlEndings = ['.yaml', '.yml'];

/**
 * The scenarios of files and folders, in the order given; those of a folder by name. Throws ScenarioFileError with
 * every problem of every file, InputError for a path that is no scenario file.
 */
export async function loadScenarios(paths: readonly string[]): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  const errors: ScenarioFileError[] = [];
  for (const path of (await Promise.all(paths.map(filesAt))).flat()) {
    try {
      scenarios.push(...(await loadFile(path)));
    } catch (error) {
      if (!(error instanceof ScenarioFileError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new ScenarioFileError(errors.flatMap(({ problems }) => problems));
  return scenarios;
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new InputError(`${path}: there is no such file or folder`);
  if (!found.isDirectory()) {
    if (isScenarioFile(path)) return [path];
    throw new InputError(`${path}: a scenario file ends in .yaml, .yml or .ts`);
  }
  const names = (await readdir(path)).sort();
  return names.filter(isScenarioFile).map((name) => join(path, name));
}

function isScenarioFile(name: string): boolean {
  return [...yamlEndings, '.ts'].includes(extname(name)) && !/\.(test|d)\.ts$/.test(name);
}

async function loadFile(path: string): Promise<readonly Scenario[]> {
  if (yamlEndings.includes(extname(path))) return [parseYamlScenario(await readText(path), path)];
  const file = resolve(path);
  const start = { file: path, line: 1, column: 1 };
  let exported: unknown;
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    exported = module.default;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = error instanceof Error ? placeInStack(error.stack ?? '') : undefined;
    throw new ScenarioFileError([{ place: place ?? start, message }]);
  }
  const scenarios = Array.isArray(exported) ? exported : [exported];
  if (scenarios.length === 0 || !scenarios.every(isScenario)) {
    const message = 'the default export must be scenario({ … }), or a list of them';
    throw new ScenarioFileError([{ place: start, message }]);
  }
  return scenarios.map((each) => ({ ...each, file: path }));
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) {
      throw new ScenarioFileError([
        { place: { file: path, line: 1, column: 1 }, message: 'is not UTF-8 text' },
      ]);
    }
    throw new InputError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
