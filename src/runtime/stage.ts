import { z } from 'zod';
import type { Clock } from '../../hal/contract/clock.ts';
import { Scene, sceneSchema } from '../../hal/sim/scene.ts';
import type { VigilConfig } from '../config/schema.ts';
import { demoSubjectId } from './demo-scene.ts';

/** What has been over for this long is forgotten: hearing looks back at most half a minute. */
const forgottenAfterMs = 120_000;
/** A scene ends with whoever plays it. */
const endless = Number.MAX_SAFE_INTEGER;

const name = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be a name in small letters, as ana or stranger-1');
const side = z.enum(['left', 'right', 'far', 'here']);
const milliseconds = z.number().positive();
const levelDbfs = z.number().min(-120).max(0);
const distanceM = z.number().min(0.15).max(20);
const lateralM = z.number().min(-20).max(20);
const yawDeg = z.number().min(-90).max(90);

/** Something that happens before a camera or a microphone, at the time at which it is told. */
export const stageActionSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('comes'),
    who: name,
    distanceM,
    lateralM,
    yawDeg,
    from: side,
    speedMps: z.number().positive().max(10),
    masked: z.boolean(),
    picture: name.exactOptional(),
  }),
  z.strictObject({
    do: z.literal('moves'),
    who: name,
    distanceM: distanceM.exactOptional(),
    lateralM: lateralM.exactOptional(),
    yawDeg: yawDeg.exactOptional(),
  }),
  z.strictObject({ do: z.literal('leaves'), who: name, to: side }),
  z.strictObject({
    do: z.literal('speaks'),
    who: name,
    forMs: milliseconds,
    levelDbfs,
    clip: name.exactOptional(),
  }),
  z.strictObject({ do: z.literal('noise'), forMs: milliseconds, levelDbfs }),
  z.strictObject({
    do: z.literal('tone'),
    forMs: milliseconds,
    levelDbfs,
    frequencyHz: z.number().positive(),
  }),
  z.strictObject({ do: z.literal('light'), levelLight: z.number().min(0).max(4) }),
]);

export type StageAction = z.output<typeof stageActionSchema>;
type ActionOf<What extends StageAction['do']> = Extract<StageAction, { do: What }>;

/** The pictures and recordings that there are, by name; null where none are needed. */
export interface StageProps {
  readonly pictures: ReadonlySet<string> | null;
  readonly clips: ReadonlySet<string> | null;
}

/** A scene in which nothing happens by itself, as large as the camera's frames. */
export function emptyScene(seed: number, { camera: { widthPx, heightPx } }: VigilConfig): Scene {
  const script = { name: 'scenario', seed, durationMs: endless, camera: { widthPx, heightPx } };
  return new Scene(sceneSchema.parse(script));
}

/** What happens before a device, told step by step while the scene plays. */
export class Stage {
  readonly #scene: Scene;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #props: StageProps;
  /** Who is in view, by their place in the scene. */
  readonly #inView = new Map<string, number>();

  constructor(scene: Scene, clock: Pick<Clock, 'nowMs'>, props: StageProps) {
    this.#scene = scene;
    this.#clock = clock;
    this.#props = props;
  }

  /** Does it now. Throws RangeError for what cannot be: somebody leaves who never came, or has no picture. */
  act(action: StageAction): void {
    const scene = this.#scene;
    const nowMs = this.#clock.nowMs();
    scene.forgetBefore(nowMs - forgottenAfterMs);
    switch (action.do) {
      case 'comes':
        this.#comes(action, nowMs);
        break;
      case 'moves': {
        const { do: _, who, ...place } = action;
        scene.turn(this.#placeOf(who), nowMs, place);
        break;
      }
      case 'leaves':
        scene.leave(this.#placeOf(action.who), nowMs, action.to);
        this.#inView.delete(action.who);
        break;
      case 'speaks': {
        const { who, clip = who, levelDbfs } = action;
        checkNamed('recording', clip, this.#props.clips);
        const sound = { kind: 'speech', subject: demoSubjectId(who), clip, levelDbfs } as const;
        scene.sound({ ...sound, ...during(action, nowMs) });
        break;
      }
      case 'noise':
        scene.sound({ kind: 'noise', levelDbfs: action.levelDbfs, ...during(action, nowMs) });
        break;
      case 'tone': {
        const { levelDbfs, frequencyHz } = action;
        scene.sound({ kind: 'tone', levelDbfs, frequencyHz, ...during(action, nowMs) });
        break;
      }
      case 'light':
        scene.shine(nowMs, action.levelLight);
        break;
    }
  }

  #comes(action: ActionOf<'comes'>, nowMs: number): void {
    const { who, picture = who, distanceM, lateralM, yawDeg, from, speedMps, masked } = action;
    if (this.#inView.has(who)) throw new RangeError(`${who} is there already`);
    checkNamed('picture', picture, this.#props.pictures);
    const index = this.#scene.enter({
      subject: demoSubjectId(who),
      picture,
      entersAtMs: nowMs,
      from,
      // Until they are told to leave.
      stops: [{ distanceM, lateralM, yawDeg, stayMs: Number.POSITIVE_INFINITY }],
      to: 'here',
      walkingSpeedMps: speedMps,
      masked,
      eyesAboveCameraM: 0,
    });
    this.#inView.set(who, index);
  }

  #placeOf(who: string): number {
    const index = this.#inView.get(who);
    if (index === undefined) throw new RangeError(`${who} is not there`);
    return index;
  }
}

/** Throws RangeError for what is not there. */
export function checkNamed(what: string, name: string, names: ReadonlySet<string> | null): void {
  if (names === null || names.has(name)) return;
  throw new RangeError(`there is no ${what} '${name}'; allowed: ${[...names].sort().join(', ')}`);
}

function during({ forMs }: { readonly forMs: number }, nowMs: number) {
  return { fromMs: nowMs, untilMs: nowMs + forMs };
}
