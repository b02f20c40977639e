import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Rig } from './rig.ts';
import type { StepOf } from './step.ts';
import { RigError, ScriptError, type StimulusPort, type StimulusStep } from './target.ts';

/** Tells the person at the bench what to do; done when they say that it is done. */
export type AskPerson = (what: string) => Promise<void>;

const pictureEndings = ['.jpg', '.jpeg', '.png'];
const clipEndings = ['.wav', '.flac', '.ogg', '.mp3'];

type SightStep = StepOf<'comes' | 'moves' | 'leaves' | 'light'>;
type SoundStep = StepOf<'speaks' | 'noise' | 'tone'>;

/**
 * What stands before a real device: a monitor and a loudspeaker that programs of this computer serve, or a person who
 * is told what to do. Whatever is no matter of sight or sound goes on to the device.
 */
export class BenchStimulus implements StimulusPort {
  readonly sight: StimulusPort['sight'];
  readonly sound: StimulusPort['sound'];
  readonly #rig: Rig;
  readonly #device: StimulusPort;
  readonly #ask: AskPerson;
  #shown: { readonly who: string; readonly program: Bun.Subprocess } | undefined;
  readonly #playing = new Map<Bun.Subprocess, NodeJS.Timeout>();

  constructor(rig: Rig, device: StimulusPort, ask: AskPerson) {
    this.#rig = rig;
    this.#device = device;
    this.#ask = ask;
    this.sight = rig.stimulus.sight ?? device.sight;
    this.sound = rig.stimulus.sound ?? device.sound;
  }

  async apply(step: StimulusStep): Promise<void> {
    if (isSight(step) && this.sight === 'monitor') await this.#show(step);
    else if (isSound(step) && this.sound === 'loudspeaker') this.#play(step);
    else if ((isSight(step) && this.sight === 'person') || (isSound(step) && this.sound === 'person')) {
      await this.#ask(tellPerson(step));
    } else await this.#device.apply(step);
  }

  /** Nothing is shown and nothing is heard any more. */
  async close(): Promise<void> {
    const programs = [...this.#playing.keys()];
    for (const [program, timer] of this.#playing) {
      clearTimeout(timer);
      program.kill();
    }
    this.#playing.clear();
    await this.#hide();
    await Promise.all(programs.map(({ exited }) => exited));
  }

  async #show(step: SightStep): Promise<void> {
    if (step.do === 'leaves') return this.#hide(step.who);
    if (step.do !== 'comes')
      throw new ScriptError(`a monitor shows people as they are: ${step.do} is not for it`);
    if (this.#shown !== undefined) {
      throw new ScriptError(`a monitor shows one person at a time, and ${this.#shown.who} is there`);
    }
    if (step.masked) {
      throw new ScriptError('a monitor puts no masks on: give a `picture` in which one is worn');
    }
    const { show = [], pictures = '' } = this.#rig.stimulus;
    const path = this.#find(pictures, step.picture ?? step.who, pictureEndings);
    this.#shown = { who: step.who, program: start([...show, path]) };
  }

  async #hide(who?: string): Promise<void> {
    const shown = this.#shown;
    if (who !== undefined && shown?.who !== who) throw new ScriptError(`${who} is not there`);
    this.#shown = undefined;
    shown?.program.kill();
    await shown?.program.exited;
  }

  #play(step: SoundStep): void {
    if (step.do !== 'speaks')
      throw new ScriptError(`a loudspeaker plays recordings: ${step.do} is not for it`);
    const { play = [], clips = '' } = this.#rig.stimulus;
    const program = start([...play, this.#find(clips, step.clip ?? step.who, clipEndings)]);
    const end = setTimeout(() => {
      this.#playing.delete(program);
      program.kill();
    }, step.forMs);
    this.#playing.set(program, end);
  }

  /** Folders count from where the rig's file is. */
  #find(folder: string, name: string, endings: readonly string[]): string {
    const base = join(resolve(dirname(this.#rig.file), folder), name);
    const path = endings.map((ending) => base + ending).find((each) => existsSync(each));
    if (path === undefined) {
      throw new RigError(`the rig ${this.#rig.name} has no ${base} (${endings.join(', ')})`);
    }
    return path;
  }
}

function start(command: string[]): Bun.Subprocess {
  try {
    return Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  } catch (error) {
    throw new RigError(
      `${command[0]} does not start: ${error instanceof Error ? error.message : error}. Install it, or name another program in the rig`,
    );
  }
}

function isSight(step: StimulusStep): step is SightStep {
  return ['comes', 'moves', 'leaves', 'light'].includes(step.do);
}

function isSound(step: StimulusStep): step is SoundStep {
  return ['speaks', 'noise', 'tone'].includes(step.do);
}

/** What a person at the bench has to do for a step. */
function tellPerson(step: SightStep | SoundStep): string {
  switch (step.do) {
    case 'comes':
      return `${step.who}: come ${tellPlace(step)}${step.masked ? ', with a mask over mouth and nose' : ''}`;
    case 'moves':
      return `${step.who}: move ${tellPlace(step)}`;
    case 'leaves':
      return `${step.who}: go out of the picture${step.to === 'here' ? '' : `, to the ${step.to}`}`;
    case 'light':
      return `set the light to ${Math.round(step.levelLight * 100)} % of a well lit room`;
    case 'speaks':
      return `${step.who}: speak for ${step.forMs / 1_000} s from now on`;
    case 'noise':
    case 'tone':
      return `make a ${step.do} of ${step.levelDbfs} dBFS for ${step.forMs / 1_000} s from now on`;
  }
}

function tellPlace(step: {
  readonly distanceM?: number;
  readonly lateralM?: number;
  readonly yawDeg?: number;
}) {
  const { distanceM, lateralM = 0, yawDeg = 0 } = step;
  const side = (value: number) => (value > 0 ? 'right' : 'left');
  return [
    distanceM === undefined ? 'as you are' : `to ${distanceM} m before the camera`,
    ...(lateralM === 0 ? [] : [`${Math.abs(lateralM)} m to its ${side(lateralM)}`]),
    ...(yawDeg === 0 ? ['looking at it'] : [`turned ${Math.abs(yawDeg)} degrees to the ${side(yawDeg)}`]),
  ].join(', ');
}
