import { createActor, SimulatedClock, sendTo, setup } from 'xstate';
import { accessMachine } from '../../../machines/access.ts';
import type { AttemptPassed, StrangersChanged, SubjectLeft } from '../../../machines/events.ts';
import { type AccessPolicy, lampPolicy } from '../../../src/decide/policy.ts';
import type { Asked, Happening, Past, Settings } from './reference.ts';

type Sent = AttemptPassed | StrangersChanged | SubjectLeft;

/** What the device's access answers to what happens, one thing after another. */
export function answersOf(happenings: readonly Happening[], settings: Settings): Past[] {
  const { lockoutMs, longestLockoutMs } = settings;
  let granted = false;
  const parent = setup({
    types: { events: {} as { type: 'PASS'; sent: Sent } | { type: 'ACCESS.GRANTED' } },
    actors: {
      access: accessMachine.provide({
        delays: {
          'lockout time': ({ context }) =>
            Math.min(longestLockoutMs, lockoutMs * 2 ** (context.lockouts - 1)),
        },
      }),
    },
    actions: {
      'note the grant': () => {
        granted = true;
      },
    },
  }).createMachine({
    invoke: { src: 'access', id: 'access', input: { policy: policyOf(settings), budget: settings.tries } },
    on: {
      PASS: { actions: sendTo('access', ({ event }) => event.sent) },
      'ACCESS.GRANTED': { actions: 'note the grant' },
    },
  });
  const clock = new SimulatedClock();
  const actor = createActor(parent, { clock }).start();
  const past: Past[] = [];
  for (const happening of happenings) {
    clock.set(happening.atMs);
    granted = false;
    for (const sent of sentFor(happening)) actor.send({ type: 'PASS', sent });
    past.push({ happening, letIn: granted });
  }
  actor.stop();
  return past;
}

function policyOf(settings: Settings): AccessPolicy {
  return {
    ...lampPolicy,
    evidenceMaxAgeMs: settings.resultMs,
    frameMaxAgeMs: settings.pictureMs,
    speechMaxAgeMs: settings.speechMs,
    require: settings.always,
    requireAtNight: settings.night,
    requireDegraded: settings.impaired,
    bothWithinMs: settings.windowMs,
    neededBans: settings.neededWeight,
    tailgating: settings.strangersBlock ? 'block' : 'ignore',
    unarmed: settings.armed ? null : 'stale',
  };
}

function sentFor(happening: Happening): readonly Sent[] {
  switch (happening.what) {
    case 'asks':
      return [attemptOf(happening)];
    case 'leaves':
      return (['face', 'voice'] as const).map((by) => ({
        type: 'SUBJECT.LEFT',
        by,
        subjectId: happening.person,
      }));
    case 'strangers':
      return [{ type: 'STRANGERS.CHANGED', strangers: happening.tracks.map((trackId) => ({ trackId })) }];
  }
}

function attemptOf(asked: Asked): AttemptPassed {
  const { atMs, terms } = asked;
  const common = {
    decision: asked.recognised ? 'known' : 'unknown',
    subjectId: asked.person,
    reason: '',
    llrBans: asked.weight,
    atNight: asked.night,
    ...(terms === null
      ? {}
      : {
          standing: {
            disabled: terms.banned,
            withinHours: terms.inHours,
            expired: terms.over,
            clockTrusted: terms.clockSet,
            minuteOfWeek: 0,
          },
        }),
  } as const;
  const ready = atMs - asked.resultAgeMs;
  const taken = atMs - asked.takenAgeMs;
  const passed = { type: 'ATTEMPT.MADE', atMs, degraded: asked.impaired } as const;
  if (asked.with === 'voice') {
    const heard = { score: 0.9, secondSubjectId: null, secondScore: null, voicedMs: 3_000, levelDbfs: -26 };
    const times = { heardFromMs: taken - 3_000, heardUntilMs: taken, namedAtMs: ready };
    return { ...passed, by: 'voice', evidence: { ...common, ...heard, ...times } };
  }
  const seen = { trackId: asked.track, distance: 0.1, secondSubjectId: null, secondDistance: null };
  const times = { frames: 3, frameAtMs: taken, embeddedAtMs: ready, eyeDistancePx: 60 };
  return { ...passed, by: 'face', evidence: { ...common, ...seen, ...times } };
}
