import { enrolGoal, enrolProgress } from '../hearing/enrol.ts';
import { VoiceActivityRhythm } from '../hearing/rhythm.ts';
import { contentOf, type EnrolRecording, enrolRecording } from '../runtime/enrol-voices.ts';
import type { VoiceSession } from '../runtime/voice-session.ts';
import { Refusals } from './enrol-asks.ts';
import { LevelMeter } from './level-meter.ts';
import { printNote } from './output.ts';
import { conditionWords, listeningTo } from './voices-hear.ts';
import { refuseOthers } from './voices-one-person.ts';
import type { VoiceTask } from './voices-session.ts';

/** A microphone is listened to at most this long, unless --seconds says otherwise. */
const guidedLimitMs = 240_000;
/** A pause of this length ends what is read aloud: longer than a breath. */
const readingGapMs = 2_000;
/** The newest speech that one reading may have. */
const readingMs = 30_000;

/** What is to be read aloud, in which voice. Read in ten seconds or so. */
const readings = [
  {
    how: 'in your usual voice',
    text: [
      'The harbour is quiet before the first boats leave, and the gulls sit along the wall.',
      'Somebody has left a yellow bucket beside the steps; by noon it will be full of rain.',
      'I like to walk here early, when the bread is still warm.',
    ],
  },
  {
    how: 'louder, as if to somebody across the street',
    text: [
      'Wait a moment! You have forgotten your umbrella, and the weather is about to turn.',
      'The bus at nine has gone already; take the next one from the other side.',
      'Give my love to everybody at home, and call me when you get there!',
    ],
  },
  {
    how: 'in your usual voice, from two steps farther away',
    text: [
      'Eight large apples, five jars of honey and a dozen fresh eggs lie on the kitchen table.',
      'Our neighbour plays the cello on Thursdays, usually the same slow piece.',
      'When the window is open you can hear every note as far as the bridge.',
    ],
  },
] as const;

/** A rhythm that ends only with a pause. */
export function reading() {
  return {
    rhythm: new VoiceActivityRhythm({
      decideAfterMs: Number.POSITIVE_INFINITY,
      utteranceGapMs: readingGapMs,
    }),
    kept: { speechMs: readingMs },
  };
}

/** Asks for sentences to be read aloud until there is enough speech. What is usable by the end is given. */
export async function readAloud(
  session: VoiceSession,
  task: VoiceTask,
  signal: AbortSignal,
): Promise<EnrolRecording[]> {
  const models = await session.models('all', signal);
  const accepted: EnrolRecording[] = [];
  const refusals = new Refusals();
  const meter = new LevelMeter();
  const facts = () => accepted.map(({ recording }) => recording);
  const ask = () => {
    const wanted = readings[accepted.length % readings.length];
    if (wanted === undefined) return;
    printNote(`\nPlease read this aloud, ${wanted.how}, and then pause:\n`);
    for (const line of wanted.text) printNote(`    ${line}`);
    printNote('');
  };
  const limitMs = task.limitMs ?? guidedLimitMs;
  try {
    const news = session.listen(
      {
        ...reading(),
        limitMs,
        onOpened(microphone) {
          printNote(listeningTo(microphone));
          ask();
        },
        onMeter(heard) {
          const { voicedMs } = enrolProgress(facts());
          const gathered = ((voicedMs + heard.voicedMs) / 1000).toFixed(0);
          const { noiseDbfs } = heard;
          const noise = noiseDbfs === null ? '' : `, noise ${noiseDbfs.toFixed(0)} dB`;
          meter.show(heard, `${gathered} of ${enrolGoal.voicedMs / 1000} s${noise}`);
        },
      },
      signal,
    );
    for await (const heard of news) {
      meter.clear();
      if (heard.kind === 'condition') printNote(conditionWords[heard.condition]);
      if (heard.kind === 'overrun') printNote('sound was lost: this machine is too busy');
      if (heard.kind !== 'speech') continue;
      const { sound } = heard;
      const input = session.input.kind === 'microphone' ? session.input.microphone.name : '';
      const provenance = {
        source: 'microphone',
        microphone: input,
        contentSha256: contentOf(sound),
      } as const;
      const { keepOriginals } = task.config.people;
      const result = await enrolRecording({ input, sound, provenance, keepOriginals }, models, signal);
      if ('problem' in result) {
        refusals.count(result.problem, result.reason);
        printNote(`Not used: ${result.reason}.`);
      } else {
        refuseOthers(accepted, result);
        accepted.push(result);
      }
      const { share, advice } = enrolProgress(facts());
      printNote(`${Math.floor(100 * share)} %: ${advice}`);
      if (share >= 1) break;
      ask();
    }
  } finally {
    meter.clear();
  }
  if (accepted.length === 0) {
    printNote(`Nobody was enrolled: no usable speech within ${limitMs / 1000} s${refusals.summary()}.`);
  }
  return accepted;
}
