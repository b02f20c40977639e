import type { LiveDevice } from '../../runtime/live-device.ts';
import { storedPortrait } from '../../runtime/portraits.ts';
import type { Answers } from '../requests.ts';
import { namesAnswer } from './names.ts';
import { peopleAnswers } from './people.ts';
import { portraitAnswer } from './portrait.ts';

/** What a device at work answers to pages. */
export function liveAnswers({ nameOf, store }: LiveDevice): Answers {
  return {
    ...namesAnswer(nameOf),
    ...(store === null
      ? {}
      : {
          ...peopleAnswers(store),
          ...portraitAnswer((subjectId, signal) => storedPortrait(store, subjectId, signal)),
        }),
  };
}
