import type { VigilConfig } from '../../config/schema.ts';
import type { LiveDevice } from '../../runtime/live-device.ts';
import { storedPortrait } from '../../runtime/portraits.ts';
import type { Answers } from '../requests.ts';
import { enrolmentAnswers } from './enrolment.ts';
import { namesAnswer } from './names.ts';
import { portraitAnswer } from './portrait.ts';

/** What a device at work answers to pages. */
export function liveAnswers(device: LiveDevice, config: VigilConfig): Answers {
  const { clock, wallClock, store, nameOf, cameraName } = device;
  const { onlookers, ring } = device.senses;
  const models = device.faceModels;
  if (store === null) return namesAnswer(nameOf);
  return {
    ...namesAnswer(nameOf),
    ...portraitAnswer((subjectId, signal) => storedPortrait(store, subjectId, signal)),
    ...enrolmentAnswers({ clock, wallClock, config, store, models, onlookers, ring, cameraName }),
  };
}
