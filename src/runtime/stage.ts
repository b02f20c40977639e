import type { Clock } from '../../hal/contract/clock.ts';
import { Scene, sceneSchema } from '../../hal/sim/scene.ts';
import type { VigilConfig } from '../config/schema.ts';
import { demoSubjectId } from './demo-scene.ts';
import type { StageAction } from './stage-action.ts';
import type { StageProps } from './stage-props.ts';

/** What has been over for this long is forgotten: hearing looks back at most half a minute. */
const forgottenAfterMs = 120_000;
/** A scene ends with whoever plays it. */
const endless = Number.MAX_SAFE_INTEGER;

type ActionOf<What extends StageAction['do']> = Extract<StageAction, { do: What }>;

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
