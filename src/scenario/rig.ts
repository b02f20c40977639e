import { extname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { keyPositions } from '../config/positions.ts';
import { InputError } from '../runtime/input-error.ts';
import { ScenarioFileError } from './file-error.ts';
import { type Feature, featureNames } from './scenario.ts';
import type { Place } from './step.ts';
import { placeIn, plain, readYamlTree } from './yaml-tree.ts';

const probe = z.enum(['simulated pin', 'loopback input', 'commanded level']);

/** A program and its arguments. */
const command = z.array(z.string().min(1)).min(1);

/** What a bench is made of. Every key is optional: what is not said is as the target has it. */
const rigSchema = z.strictObject({
  name: z.string().min(1),
  /** The features that it has; those of a target that are not named here are not used. */
  has: z.array(z.enum(featureNames)).exactOptional(),
  stimulus: z
    .strictObject({
      /** Who shows people to the camera. */
      sight: z.enum(['scene', 'monitor', 'person']).exactOptional(),
      /** A command that shows the picture named after it until it is ended, and the folder of pictures, `NAME.jpg`. */
      show: command.exactOptional(),
      pictures: z.string().min(1).exactOptional(),
      /** Who makes sound for the microphone. */
      sound: z.enum(['scene', 'loudspeaker', 'person']).exactOptional(),
      /** A command that plays the sound file named after it, and the folder of recordings, `NAME.wav`. */
      play: command.exactOptional(),
      clips: z.string().min(1).exactOptional(),
    })
    .refine(
      ({ sight, show, pictures }) => sight !== 'monitor' || (show !== undefined && pictures !== undefined),
      {
        path: ['sight'],
        message: 'a monitor needs show, a command, and pictures, a folder',
      },
    )
    .refine(
      ({ sound, play, clips }) => sound !== 'loudspeaker' || (play !== undefined && clips !== undefined),
      {
        path: ['sound'],
        message: 'a loudspeaker needs play, a command, and clips, a folder',
      },
    )
    .default({}),
  /** How the level of each lamp is read. */
  probe: z.strictObject({ green: probe.exactOptional(), red: probe.exactOptional() }).default({}),
});

export interface Rig extends z.output<typeof rigSchema> {
  readonly file: string;
  /** Where a value stands, for messages about what a target makes of it. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

/** Reads a rig file, TOML or YAML. Throws ScenarioFileError or InputError. */
export async function readRig(path: string): Promise<Rig> {
  const text = await Bun.file(path)
    .text()
    .catch((error: unknown) => {
      throw new InputError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
    });
  return parseRig(text, path);
}

/** The rig that `text`, the content of `file`, says. */
export function parseRig(text: string, file: string): Rig {
  const { values, placeOf } = ['.yaml', '.yml'].includes(extname(file))
    ? valuesOfYaml(text, file)
    : valuesOfToml(text, file);
  const result = rigSchema.safeParse(values);
  if (result.success) return { ...result.data, file, placeOf };
  throw new ScenarioFileError(
    result.error.issues.map((issue) => {
      if (issue.code !== 'unrecognized_keys') {
        const key = issue.path.map(String).join('.');
        return { place: placeOf(issue.path), message: `${key === '' ? 'a rig' : key}: ${issue.message}` };
      }
      const allowed = allowedIn(issue.path);
      const path = [...issue.path, issue.keys[0] ?? ''];
      const message = `a rig has no '${path.map(String).join('.')}'; allowed: ${allowed.join(', ')}`;
      return { place: placeOf(path), message };
    }),
  );
}

/** The features of a rig on a target that could have `possible`. Throws ScenarioFileError for one that it cannot. */
export function featuresOn(rig: Rig, possible: ReadonlySet<Feature>, target: string): ReadonlySet<Feature> {
  const has = rig.has ?? [...possible];
  const index = has.findIndex((feature) => !possible.has(feature));
  if (index === -1) return new Set(has);
  const message = `the target ${target} cannot have ${has[index]}; allowed: ${[...possible].join(', ')}`;
  throw new ScenarioFileError([{ place: rig.placeOf(['has', index]), message }]);
}

function allowedIn(path: readonly PropertyKey[]): string[] {
  const { shape } = rigSchema;
  if (path[0] === 'stimulus') return Object.keys(shape.stimulus.unwrap().shape);
  if (path[0] === 'probe') return Object.keys(shape.probe.unwrap().shape);
  return Object.keys(shape);
}

interface Values {
  readonly values: unknown;
  readonly placeOf: Rig['placeOf'];
}

function valuesOfYaml(text: string, file: string): Values {
  const tree = readYamlTree(text, file);
  return { values: plain(tree), placeOf: (path) => placeIn(tree, path, true) };
}

function valuesOfToml(text: string, file: string): Values {
  let values: unknown;
  try {
    values = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.split('\n');
    const message = first.replace(/^Invalid TOML document: /, 'not valid TOML: ');
    throw new ScenarioFileError([{ place: { file, line: error.line, column: error.column }, message }]);
  }
  const positions = keyPositions(text);
  const placeOf = (path: readonly PropertyKey[]): Place => {
    for (let length = path.length; length > 0; length--) {
      const found = positions.get(path.slice(0, length).map(String).join('.'));
      if (found !== undefined) return { file, ...found.key };
    }
    return { file, line: 1, column: 1 };
  };
  return { values, placeOf };
}
