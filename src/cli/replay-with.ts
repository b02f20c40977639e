import { didYouMean } from '../config/nearest.ts';
import { parseConfig } from '../config/read.ts';
import type { AccessPolicy } from '../decide/policy.ts';
import { presets } from '../decide/presets.ts';
import type { Change } from '../runtime/replay/what-if.ts';
import { UsageError } from './command.ts';

/** What `--with` may set, and the key of the configuration that has the same limits; null where there is none. */
const limits = {
  threshold: { key: 'vision.threshold', field: 'threshold' },
  margin: { key: 'vision.margin', field: 'margin' },
  'voice-threshold': { key: 'hearing.threshold', field: 'voiceThreshold' },
  'voice-margin': { key: 'hearing.margin', field: 'voiceMargin' },
} as const;

const ages = {
  'evidence-max-age-ms': 'evidenceMaxAgeMs',
  'frame-max-age-ms': 'frameMaxAgeMs',
  'speech-max-age-ms': 'speechMaxAgeMs',
  'both-within-ms': 'bothWithinMs',
} as const satisfies Record<string, keyof AccessPolicy>;

const longestAgeMs = 60_000;

/** The names that `--with` takes, for the help. */
export const withNames: readonly string[] = [
  ...Object.keys(limits),
  'policy',
  'require',
  ...Object.keys(ages),
];

/** The changes that `--with NAME=VALUE` asks for. Throws UsageError and ConfigError with what is allowed. */
export function changeOf(settings: readonly string[]): Change {
  let change: Change = {};
  for (const setting of settings) change = { ...change, ...oneChange(setting, change) };
  return change;
}

function oneChange(setting: string, { policy }: Change): Change {
  const cut = setting.indexOf('=');
  const [name, text] = cut === -1 ? [setting, ''] : [setting.slice(0, cut), setting.slice(cut + 1)];
  const allowed = `allowed are ${withNames.join(', ')}`;
  if (cut === -1) throw new UsageError(`--with ${setting}: a name, '=' and a value are needed; ${allowed}`);
  if (isOf(limits, name)) {
    const { key, field } = limits[name];
    // The configuration's own schema knows what is allowed.
    const value = text === '' ? text : Number(text);
    parseConfig('', undefined, [{ key, value, flag: `--with ${name}` }]);
    return { [field]: Number(text) };
  }
  if (isOf(ages, name)) {
    const ms = Number(text);
    if (text === '' || !(ms >= 0 && ms <= longestAgeMs)) {
      throw new UsageError(
        `--with ${setting}: a number from 0 to ${longestAgeMs}, in milliseconds, is needed`,
      );
    }
    return { policy: { ...policy, [ages[name]]: ms } };
  }
  if (name === 'require') {
    const flag = [{ key: 'access.require', value: text, flag: '--with require' }];
    const { require } = parseConfig('', undefined, flag).config.access;
    return { policy: { ...policy, ...(require === undefined ? {} : { require }) } };
  }
  if (name !== 'policy') {
    throw new UsageError(`--with ${setting}: no such name${didYouMean(name, withNames)}; ${allowed}`);
  }
  if (!isOf(presets, text)) {
    throw new UsageError(`--with ${setting}: policies are ${Object.keys(presets).join(', ')}`);
  }
  return { policy: { ...presets[text].policy, ...policy } };
}

function isOf<T extends object>(table: T, name: string): name is Extract<keyof T, string> {
  return Object.hasOwn(table, name);
}
