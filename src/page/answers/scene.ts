import type { DoneStep, HandStep, SceneHand } from '../../runtime/scene-hand.ts';
import { type Answer, type Answers, RequestRefused } from '../requests.ts';

/** Writes steps as scenarios have them. */
export interface ScenarioWriter {
  writeStep(step: HandStep): string;
  writeScenario(
    heading: { readonly name: string; readonly about: string; readonly enrolled: string[] },
    steps: readonly DoneStep[],
    nowMs: number,
  ): string;
}

const about = 'Done by hand on the page of a simulated device: the same steps, at the same times.';

/** Lets pages play the scene before a simulated device. */
export function sceneAnswers(hand: SceneHand, writer: ScenarioWriter) {
  const state = (): Answer<'scene'> => ({
    began: hand.began,
    cast: [...hand.cast],
    voices: [...hand.voices],
    inView: [...hand.inView],
    levelLight: hand.levelLight,
    breakages: [...hand.breakages],
    broken: [...hand.broken],
    steps: hand.steps.map(({ atMs, step }) => ({ atMs, text: writer.writeStep(step) })),
  });
  return {
    scene: state,
    'scene-act': ({ action }) => {
      try {
        hand.do(action);
      } catch (error) {
        if (error instanceof RangeError) throw new RequestRefused(409, error.message);
        throw error;
      }
      return state();
    },
    'scene-scenario': ({ name }) => {
      if (hand.steps.length === 0) throw new RequestRefused(409, 'nothing was done yet');
      const heading = { name, about, enrolled: [...hand.enrolled] };
      return { yaml: writer.writeScenario(heading, hand.steps, hand.nowMs) };
    },
  } as const satisfies Answers;
}
