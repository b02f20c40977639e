/**
 * Who may be let in, written from docs/requirements.md alone and in another way than the device: no state is kept, each
 * attempt is judged from everything that happened before it. Shares no code with the device, not even its types.
 */

export interface Settings {
  /** What is demanded always, at night, and while something is impaired. */
  readonly always: Demand;
  readonly night: Demand;
  readonly impaired: Demand;
  readonly windowMs: number;
  readonly neededWeight: number | null;
  readonly strangersBlock: boolean;
  readonly armed: boolean;
  readonly resultMs: number;
  readonly pictureMs: number;
  readonly speechMs: number;
  readonly tries: { readonly allowed: number; readonly withinMs: number } | null;
  readonly lockoutMs: number;
  readonly longestLockoutMs: number;
}

export type Demand = 'either' | 'face' | 'voice' | 'both' | 'nobody';

export interface Asked {
  readonly what: 'asks';
  readonly atMs: number;
  readonly with: 'face' | 'voice';
  readonly track: number;
  readonly recognised: boolean;
  readonly person: string | null;
  /** How long ago it was recognised, and taken. */
  readonly resultAgeMs: number;
  readonly takenAgeMs: number;
  readonly weight: number;
  readonly night: boolean;
  readonly impaired: boolean;
  /** Null for a person without hours, last day or ban. */
  readonly terms: {
    readonly banned: boolean;
    readonly inHours: boolean | null;
    readonly over: boolean | null;
    readonly clockSet: boolean;
  } | null;
}

export type Happening =
  | Asked
  | { readonly what: 'leaves'; readonly atMs: number; readonly person: string }
  | { readonly what: 'strangers'; readonly atMs: number; readonly tracks: readonly number[] };

/** Everything so far, with what the device answered. */
export interface Past {
  readonly happening: Happening;
  readonly letIn: boolean;
}

interface Case {
  readonly asked: Asked;
  readonly past: readonly Past[];
  readonly settings: Settings;
  readonly rules: Rules;
}

/** By the id of the requirement: whether it keeps this attempt out. */
export type Rules = Readonly<Record<string, (one: Case) => boolean>>;

const within = (ageMs: number, limitMs: number) => ageMs >= 0 && ageMs <= limitMs;

/** What evidence must be by itself, whoever else has spoken. */
export const aloneRules: Rules = {
  'SEE-2 no stranger': ({ asked }) => !asked.recognised || asked.person === null,
  'SEE-6 no answer that came too late': ({ asked, settings }) =>
    !within(asked.resultAgeMs, settings.resultMs),
  'SEE-6 no picture that is old, no speech that is over': ({ asked, settings }) =>
    !within(asked.takenAgeMs, asked.with === 'face' ? settings.pictureMs : settings.speechMs),
  'PEOPLE-2 nobody who is disabled': ({ asked }) => asked.terms?.banned === true,
  'PEOPLE-2 nobody outside their hours': ({ asked }) => asked.terms?.inHours === false,
  'PEOPLE-2 nobody after their last day': ({ asked }) => asked.terms?.over === true,
  'PEOPLE-3 nobody with hours or a last day without a clock': ({ asked: { terms } }) =>
    terms !== null && !terms.clockSet && (terms.inHours !== null || terms.over !== null),
  'DECIDE-6 no door that is not armed': ({ settings }) => !settings.armed,
};

const togetherRules: Rules = {
  'ACT-4 by no sense that is not asked for': (one) => !opens(one.asked, one.asked.with, one.settings),
  'ACT-4 by one sense of two': (one) => needsBoth(one.asked, one.settings) && secondWeight(one) === null,
  'DECIDE-3 too little evidence': (one) =>
    one.settings.neededWeight !== null &&
    one.asked.weight + (secondWeight(one) ?? 0) < one.settings.neededWeight,
  'DECIDE-4 beside a stranger': ({ asked, past, settings }) => {
    const seen = past.map(({ happening }) => happening).findLast(({ what }) => what === 'strangers');
    const tracks = seen?.what === 'strangers' ? seen.tracks : [];
    const own = asked.with === 'face' ? asked.track : null;
    return settings.strangersBlock && tracks.some((track) => track !== own);
  },
  'ACT-2 twice in one visit': ({ asked, past }) => visitOf(asked.person, past).some(({ letIn }) => letIn),
  'ACT-3 during a lockout': (one) => one.asked.atMs < lockedUntilMs(one),
};

export const rules: Rules = { ...aloneRules, ...togetherRules };

/** The first rule that keeps an attempt out; null for one that is let in. */
export function keptOutBy(
  asked: Asked,
  past: readonly Past[],
  settings: Settings,
  by: Rules = rules,
): string | null {
  const one = { asked, past, settings, rules: by };
  return Object.entries(by).find(([, keepsOut]) => keepsOut(one))?.[0] ?? null;
}

/** DECIDE-1, DECIDE-2: night and impairment add to what is demanded. */
export function demands({ night, impaired }: Asked, settings: Settings): readonly Demand[] {
  return [settings.always, ...(night ? [settings.night] : []), ...(impaired ? [settings.impaired] : [])];
}

function needsBoth(asked: Asked, settings: Settings): boolean {
  const demanded = demands(asked, settings);
  return demanded.includes('both') || (demanded.includes('face') && demanded.includes('voice'));
}

/** Whether a sense is asked for, alone or with the other one. */
function opens(asked: Asked, sense: 'face' | 'voice', settings: Settings): boolean {
  const demanded = demands(asked, settings);
  if (demanded.includes('nobody')) return false;
  return needsBoth(asked, settings) || demanded.every((each) => each === 'either' || each === sense);
}

/** What the other sense has said of this person lately and since they were let in last; null: nothing that counts. */
function secondWeight({ asked, past, settings, rules: by }: Case): number | null {
  const other = asked.with === 'face' ? 'voice' : 'face';
  if (!opens(asked, other, settings)) return null;
  for (const [i, { happening, letIn }] of [...past.entries()].reverse()) {
    if (happening.what !== 'asks' || happening.person !== asked.person) continue;
    if (letIn) return null;
    if (happening.with !== other || asked.atMs - happening.atMs > settings.windowMs) continue;
    const then = { asked: happening, past: past.slice(0, i), settings, rules: by };
    if (countedThen(then)) return happening.weight;
  }
  return null;
}

/** Whether an attempt was good by itself, and both senses were listened to then. */
function countedThen(one: Case): boolean {
  const { asked, past, settings } = one;
  const good = Object.entries(one.rules).every(([name, keepsOut]) => !(name in aloneRules) || !keepsOut(one));
  const both = opens(asked, 'face', settings) && opens(asked, 'voice', settings);
  const heard = asked.atMs >= lockedUntilMs(one) && !visitOf(asked.person, past).some(({ letIn }) => letIn);
  return good && both && heard;
}

/** What a person did since they left last. */
function visitOf(person: string | null, past: readonly Past[]): readonly Past[] {
  const left = past.findLastIndex(({ happening: h }) => h.what === 'leaves' && h.person === person);
  return past.slice(left + 1).filter(({ happening: h }) => h.what === 'asks' && h.person === person);
}

/** Until when nobody is let in; in the past where there is no lockout. */
function lockedUntilMs({ past, settings: { tries, lockoutMs, longestLockoutMs } }: Case): number {
  let untilMs = Number.NEGATIVE_INFINITY;
  if (tries === null) return untilMs;
  let lockouts = 0;
  let failedMs: number[] = [];
  for (const { happening, letIn } of past) {
    if (happening.what !== 'asks' || happening.atMs < untilMs) continue;
    if (letIn) {
      failedMs = [];
      lockouts = 0;
    }
    if (happening.with !== 'face' || happening.recognised) continue;
    failedMs.push(happening.atMs);
    if (failedMs.filter((atMs) => happening.atMs - atMs < tries.withinMs).length < tries.allowed) continue;
    untilMs = happening.atMs + Math.min(longestLockoutMs, lockoutMs * 2 ** lockouts);
    failedMs = [];
    lockouts++;
  }
  return untilMs;
}
