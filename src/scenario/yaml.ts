import { didYouMean } from '../config/nearest.ts';
import { type FileProblem, ScenarioFileError } from './file-error.ts';
import { quantityOf, spokenQuantity, yamlKey } from './quantity.ts';
import { composeScenario, configProblems, featureNames, headingSchema, type Scenario } from './scenario.ts';
import {
  fieldsAllowed,
  fieldsAllowedWithin,
  mainFields,
  makeStep,
  placeStep,
  type Step,
  type Verb,
  verbs,
} from './step.ts';
import { placeIn, plain, readYamlTree, type YamlEntry, type YamlTree } from './yaml-tree.ts';

/**
 * The scenario that a YAML text says: the same steps as in TypeScript, with units in the values. Throws
 * ScenarioFileError with every problem: place, what is wrong, what is allowed.
 */
export function parseYamlScenario(text: string, file: string): Scenario {
  const tree = readYamlTree(text, file);
  const compiler = new Compiler();
  const scenario = compiler.scenario(tree, file);
  if (scenario === undefined || compiler.problems.length > 0) throw new ScenarioFileError(compiler.problems);
  return scenario;
}

class Compiler {
  readonly problems: FileProblem[] = [];

  scenario(tree: YamlTree, file: string): Scenario | undefined {
    const headings = ['name', 'steps', ...Object.keys(headingSchema.shape).filter((key) => key !== 'name')];
    if (tree.kind !== 'map') {
      this.#problem(tree.place, `a scenario is a mapping with ${headings.join(', ')}`);
      return undefined;
    }
    const known = tree.entries.filter((entry) => {
      if (headings.includes(entry.key)) return true;
      this.#problem(
        entry.place,
        `a scenario has no '${entry.key}'${didYouMean(entry.key, headings)}; allowed: ${headings.join(', ')}`,
      );
      return false;
    });
    const list = known.find(({ key }) => key === 'steps')?.value;
    const steps = list?.kind === 'list' && list.items.length > 0 ? this.#steps(list) : [];
    if (list?.kind !== 'list' || list.items.length === 0) {
      this.#problem(list?.place ?? tree.place, 'a scenario needs steps: a list of at least one');
    }
    const heading: YamlTree = { ...tree, entries: known.filter(({ key }) => key !== 'steps') };
    const result = headingSchema.safeParse(plain(heading));
    if (!result.success) {
      for (const { path, message } of result.error.issues) {
        const what = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
        const allowed = path[0] === 'needs' ? `; allowed: ${featureNames.join(', ')}` : '';
        this.#problem(placeIn(heading, path), `${what}${message}${allowed}`);
      }
      return undefined;
    }
    const config = heading.entries.find(({ key }) => key === 'config');
    if (config !== undefined) this.#config(config.value, result.data.config);
    return composeScenario(result.data, steps, file, placesOfNeeds(heading));
  }

  #steps(list: YamlTree): Step[] {
    if (list.kind !== 'list') {
      this.#problem(list.place, 'must be a list of steps');
      return [];
    }
    return list.items.flatMap((item) => this.#step(item) ?? []);
  }

  #step(item: YamlTree): Step | undefined {
    const [only, ...more] = item.kind === 'map' ? item.entries : [];
    if (item.kind === 'value' && typeof item.value === 'string') {
      return this.#stepOf({ key: item.value, place: item.place, value: { ...item, value: null } });
    }
    if (only !== undefined && more.length === 0) return this.#stepOf(only);
    const found =
      more.length > 0 ? `; this one has ${[only?.key, ...more.map(({ key }) => key)].join(', ')}` : '';
    this.#problem(item.place, `a step is one of ${verbs.join(', ')} with its fields below it${found}`);
    return undefined;
  }

  #stepOf({ key, place, value }: YamlEntry): Step | undefined {
    const verb = verbs.find((each) => each === key);
    if (verb === undefined) {
      this.#problem(
        place,
        `there is no step '${key}'${didYouMean(key, verbs)}; allowed: ${verbs.join(', ')}`,
      );
      return undefined;
    }
    const before = this.problems.length;
    const { fields, places } = this.#fields(verb, value);
    if (this.problems.length > before) return undefined;
    const result = makeStep(verb, fields);
    if ('step' in result) {
      placeStep(result.step, place);
      return result.step;
    }
    for (const { path, message, unknownKey } of result.problems) {
      const spokenPath = path.map((name) => (typeof name === 'string' ? yamlKey(name) : name));
      const at = path.length === 0 ? place : placeIn(places, spokenPath, unknownKey);
      this.#problem(at, `${[key, ...spokenPath].map(String).join('.')}: ${message}`);
    }
    return undefined;
  }

  /** The fields of a step in canonical names and units, and the tree they stand in, for places. */
  #fields(verb: Verb, value: YamlTree): { fields: Record<string, unknown>; places: YamlTree } {
    const main = mainFields[verb];
    if (value.kind === 'value' && value.value === null) return { fields: {}, places: value };
    if (verb === 'configure') {
      const config = plain(value);
      if (value.kind === 'map') this.#config(value, config as Record<string, string>);
      return { fields: { config }, places: value };
    }
    if (value.kind !== 'map' && main !== undefined) {
      return { fields: { [main]: this.#value(verb, main, value) }, places: value };
    }
    if (value.kind !== 'map') {
      this.#problem(value.place, `'${verb}' takes fields by name, as { ${exampleFields(verb)} }`);
      return { fields: {}, places: value };
    }
    const allowed = fieldsAllowed(
      verb,
      Object.fromEntries(value.entries.map((e) => [e.key, plain(e.value)])),
    );
    return { fields: this.#canonical(verb, value, allowed), places: value };
  }

  /** By canonical names; where it is not known which fields are allowed, what is wrong comes out later. */
  #canonical(
    verb: Verb,
    map: YamlTree & { kind: 'map' },
    allowed: readonly string[] | undefined,
  ): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const { key, place, value } of map.entries) {
      const field = allowed === undefined ? key : allowed.find((each) => yamlKey(each) === key);
      if (field === undefined) {
        const names = (allowed ?? []).map(yamlKey);
        const list = names.length === 0 ? 'no fields' : names.join(', ');
        this.#problem(
          place,
          `'${verb}' has no field '${key}' here${didYouMean(key, names)}; allowed: ${list}`,
        );
        continue;
      }
      fields[field] = this.#value(verb, field, value);
    }
    return fields;
  }

  #value(verb: Verb, field: string, value: YamlTree): unknown {
    if (verb === 'repeat' && field === 'steps') return this.#steps(value);
    if (value.kind === 'list') return value.items.map((item) => this.#value(verb, field, item));
    if (value.kind === 'map') {
      return this.#canonical(verb, value, fieldsAllowedWithin(verb, field, Object(plain(value))));
    }
    const quantity = spokenQuantity(field);
    if (quantity === undefined) {
      // An edge with nothing but its level.
      return verb === 'edges' && field === 'are' ? { is: value.value } : value.value;
    }
    const number = quantityOf(field, String(value.value));
    if (number === undefined) {
      this.#problem(value.place, `${yamlKey(field)} is '${String(value.value)}', but must be ${quantity}`);
    } else if (number < 0 && field.endsWith('Ms') && field !== 'byMs') {
      this.#problem(
        value.place,
        `${yamlKey(field)} is '${String(value.value)}', but a time cannot be negative`,
      );
    }
    return number;
  }

  #config(tree: YamlTree, config: Record<string, string | number | boolean>): void {
    for (const { key, message } of configProblems(config)) {
      this.#problem(placeIn(tree, [key], true), `${key} ${message}`);
    }
  }

  #problem(place: FileProblem['place'], message: string): void {
    this.problems.push({ place, message });
  }
}

function exampleFields(verb: Verb): string {
  return (fieldsAllowed(verb, {}) ?? ['lamp', 'is']).map((field) => `${yamlKey(field)}: …`).join(', ');
}

/** Where each need stands, and the keys that bring one along. */
function placesOfNeeds(heading: YamlTree): Map<string, FileProblem['place']> {
  const places = new Map<string, FileProblem['place']>();
  if (heading.kind !== 'map') return places;
  for (const { key, place, value } of heading.entries) {
    places.set(key, place);
    if (key !== 'needs' || value.kind !== 'list') continue;
    for (const item of value.items) if (item.kind === 'value') places.set(String(item.value), item.place);
  }
  return places;
}
