import { consentTextVersion } from '../../people/consent.ts';
import { PeopleStoreError } from '../../people/errors.ts';
import {
  consentAsked,
  type EnrolmentPorts,
  type EnrolmentState,
  GuidedEnrolment,
  JoinRefused,
} from '../../runtime/guided-enrolment.ts';
import { InputError } from '../../runtime/input-error.ts';
import { type Answer, type Answers, RequestRefused } from '../requests.ts';

/** Enrols people through a running device: one at a time, whoever began it. */
export function enrolmentAnswers(ports: EnrolmentPorts) {
  let enrolment: GuidedEnrolment | undefined;
  const running = () => {
    if (enrolment === undefined) throw new RequestRefused(404, 'nobody is being enrolled: begin again');
    return enrolment;
  };
  const state = () => shown(running().state());
  return {
    'enrol-consent': ({ name }) =>
      refusing(() => {
        const asked = consentAsked(ports, name);
        return { ...asked, version: consentTextVersion(asked) };
      }),
    'enrol-begin': (ask, { name: by }) =>
      refusing(() => {
        if (enrolment !== undefined) throw new RequestRefused(409, 'somebody is being enrolled already');
        enrolment = new GuidedEnrolment(ports, { ...ask, by }, () => {
          enrolment = undefined;
        });
        return state();
      }),
    'enrol-state': () => (enrolment === undefined ? null : state()),
    'enrol-again': ({ look }) =>
      refusing(() => {
        running().again(look);
        return state();
      }),
    'enrol-enough': () => {
      running().enough();
      return state();
    },
    'enrol-picture': ({ picture, fileName }) =>
      refusing(async () => {
        await running().addPicture(new Uint8Array(Buffer.from(picture, 'base64')), fileName);
        return state();
      }),
    'enrol-save': ({ anyway }) => refusing(() => running().save(anyway)),
    'enrol-end': () => {
      enrolment?.end();
      return {};
    },
  } as const satisfies Answers;
}

function shown({ pictures, ...rest }: EnrolmentState): Answer<'enrol-begin'> {
  return { ...rest, pictures: [...pictures] };
}

/** What cannot be is told; anything else is the device's own failure. */
async function refusing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JoinRefused) throw new RequestRefused(422, error.message);
    if (error instanceof InputError) throw new RequestRefused(409, error.message);
    if (error instanceof PeopleStoreError)
      throw new RequestRefused(error.kind === 'name-invalid' ? 400 : 500, error.message);
    throw error;
  }
}
