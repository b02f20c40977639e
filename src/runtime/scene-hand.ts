import type { Clock } from '../../hal/contract/clock.ts';
import type { Fault, FaultBoard } from '../../hal/sim/faults.ts';
import type { VigilConfig } from '../config/schema.ts';
import { BegunFaults } from './begun-faults.ts';
import { type BreakableParts, type Breakage, breakable, breakages, type HandAction } from './hand-action.ts';
import type { PlayedScene } from './played-scene.ts';
import { emptyScene, Stage } from './stage.ts';
import type { StageAction } from './stage-action.ts';
import type { StageProps } from './stage-props.ts';

/** More are no scenario that anybody reads. */
const mostSteps = 1_000;
/** A picture holds no more. */
const mostInView = 12;

/** Something that was done, with the fields of a scenario's step. */
export type HandStep =
  | StageAction
  | ({ readonly do: 'breaks' } & Fault)
  | { readonly do: 'mends'; readonly fault: Fault['fault']; readonly port?: string };

export interface DoneStep {
  readonly atMs: number;
  readonly step: HandStep;
}

export interface PersonByHand {
  readonly who: string;
  readonly distanceM: number;
  readonly lateralM: number;
  readonly yawDeg: number;
  readonly masked: boolean;
}

export interface SceneHandOptions {
  readonly clock: Clock;
  readonly config: VigilConfig;
  readonly scene: PlayedScene;
  readonly props: StageProps;
  /** Who can come. */
  readonly cast: readonly string[];
  readonly faults: FaultBoard;
  readonly parts: BreakableParts;
  /** Whom of them the device knows. */
  readonly enrolled: readonly string[];
}

/**
 * Somebody's hand in the scene of a simulated device. With what they do first, what played by itself is over, and they
 * begin with nobody in view, in good light; all that they do is remembered, to be written as a scenario.
 */
export class SceneHand {
  readonly cast: readonly string[];
  /** Those of them who can be heard. */
  readonly voices: readonly string[];
  readonly enrolled: readonly string[];
  /** What can be broken here. */
  readonly breakages: readonly Breakage[];
  readonly #options: SceneHandOptions;
  readonly #faults: BegunFaults;
  readonly #broken = new Set<Breakage>();
  readonly #inView = new Map<string, PersonByHand>();
  readonly #steps: DoneStep[] = [];
  #stage: Stage | undefined;
  #light = 1;

  constructor(options: SceneHandOptions) {
    const { faults, clock, parts, props, cast, enrolled } = options;
    this.#options = options;
    this.#faults = new BegunFaults(faults, clock);
    this.cast = cast;
    this.voices = parts.microphone ? cast.filter((who) => props.clips?.has(who) ?? true) : [];
    this.enrolled = enrolled;
    this.breakages = breakages.filter((what) => parts[breakable[what].part]);
  }

  /** Whether anything was done. */
  get began(): boolean {
    return this.#stage !== undefined;
  }

  get nowMs(): number {
    return this.#options.clock.nowMs();
  }

  get steps(): readonly DoneStep[] {
    return this.#steps;
  }

  /** Where people were told to stand. */
  get inView(): readonly PersonByHand[] {
    return [...this.#inView.values()];
  }

  get broken(): readonly Breakage[] {
    return [...this.#broken];
  }

  get levelLight(): number {
    return this.#light;
  }

  /** Does it now. Throws RangeError for what cannot be: somebody leaves who never came. */
  do(action: HandAction): void {
    if (this.#steps.length >= mostSteps) {
      throw new RangeError(`${mostSteps} steps were done: save them, and start the device anew for more`);
    }
    const step = this.#carryOut(action);
    this.#steps.push({ atMs: this.nowMs, step });
  }

  #carryOut(action: HandAction): HandStep {
    switch (action.do) {
      case 'breaks':
        return this.#break(action.what);
      case 'mends':
        return this.#mend(action.what);
      case 'comes':
        if (this.#inView.size >= mostInView)
          throw new RangeError(`no more than ${mostInView} can be in view`);
        break;
    }
    this.#takeOver((stage) => stage.act(action));
    this.#remember(action);
    return action;
  }

  /** What cannot be done first does not take it over. */
  #takeOver(act: (stage: Stage) => void): void {
    if (this.#stage !== undefined) {
      act(this.#stage);
      return;
    }
    const { scene, config, clock, props } = this.#options;
    const empty = emptyScene(scene.script.seed, config);
    const stage = new Stage(empty, clock, props);
    act(stage);
    this.#stage = stage;
    scene.takeOver(empty);
  }

  #remember(action: StageAction): void {
    if (action.do === 'comes') {
      const { who, distanceM, lateralM, yawDeg, masked } = action;
      this.#inView.set(who, { who, distanceM, lateralM, yawDeg, masked });
    } else if (action.do === 'moves') {
      const { do: _, ...place } = action;
      const before = this.#inView.get(action.who);
      if (before !== undefined) this.#inView.set(action.who, { ...before, ...place });
    } else if (action.do === 'leaves') this.#inView.delete(action.who);
    else if (action.do === 'light') this.#light = action.levelLight;
  }

  #break(what: Breakage): HandStep {
    if (!this.breakages.includes(what))
      throw new RangeError(`${what}: that part of this device is a real one`);
    const { fault }: { readonly fault: Fault } = breakable[what];
    if (this.broken.some((other) => breakable[other].fault.fault === fault.fault)) {
      throw new RangeError(`${fault.fault} is there already: mend it first`);
    }
    this.#takeOver(() => this.#faults.begin(fault));
    this.#broken.add(what);
    return { do: 'breaks', ...fault };
  }

  #mend(what: Breakage): HandStep {
    if (!this.#broken.delete(what)) throw new RangeError(`${what} is not broken`);
    const { fault }: { readonly fault: Fault } = breakable[what];
    this.#faults.mend((begun) => begun === fault);
    return { do: 'mends', fault: fault.fault, ...(fault.fault === 'error' ? { port: fault.port } : {}) };
  }
}
