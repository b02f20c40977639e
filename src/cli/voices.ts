import { features193 } from '../hearing/features/features193.ts';
import { leastVoicedMs } from '../hearing/front-end.ts';
import { judgeVoice } from '../hearing/match.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import type { Command, CommandGroup } from './command.ts';
import { enrol } from './voices-enrol.ts';
import { hearInput, recordingNotes, type VoiceCommand } from './voices-hear.ts';
import { identify } from './voices-identify.ts';
import { listen } from './voices-listen.ts';
import { inputOptions, secondsOption } from './voices-session.ts';
import { train } from './voices-train.ts';

const features: Command = {
  name: 'features',
  summary: 'the 193 numbers that the trained network takes',
  options: { ...inputOptions, ...secondsOption },
  notes: [
    'Means over the whole recording (of a microphone, seven seconds): 40 MFCC, 12 chroma, 128 mel, 7 spectral contrast,',
    '6 tonnetz, as librosa 0.11.0 computes them with resampy 0.4.2.',
    recordingNotes,
  ].join('\n'),
  run: (invocation) => hearInput(featuring, invocation),
};

const embed: Command = {
  name: 'embed',
  summary: 'a voice as numbers, whoever it is',
  options: { ...inputOptions, ...secondsOption },
  notes: [
    'The decision is `usable`, or why the voice cannot be compared with anybody. With --json the whole embedding, of unit',
    `length, empty where there is less than ${leastVoicedMs / 1000} s of speech, and the id of the pipeline it came from.`,
    recordingNotes,
  ].join('\n'),
  run: (invocation) => hearInput(embedding, invocation),
};

/** `vigil voices`: what the voice pipeline makes of a recording, a folder or a microphone; and who is added. */
export const command: CommandGroup = {
  name: 'voices',
  summary: 'listen, identify, embed, enrol: recordings, folders, microphones',
  commands: [listen, identify, embed, features, enrol, train],
};

const featuring: VoiceCommand = {
  columns: [
    ['SECONDS', 7],
    ['FEATURES', 0],
  ],
  rhythm: 'seven-second',
  async view() {
    return {
      async hear({ input, sound }) {
        const { mfcc, chroma, mel, contrast, tonnetz } = features193(sound);
        const parts = { mfcc, chroma, mel, contrast, tonnetz };
        const durationS = sound.samples.length / sound.sampleRateHz;
        const shown = Object.entries(parts).map(([name, values]) => `${name} ${values[0]?.toPrecision(4)} …`);
        const numbers = Object.entries(parts).map(([name, values]) => [name, [...values].map(float32)]);
        return [
          {
            json: { input, durationS: seconds(durationS), features: Object.fromEntries(numbers) },
            cells: [durationS.toFixed(2), `${shown.join('  ')}  (all with --json)`],
          },
        ];
      },
    };
  },
};

const embedding: VoiceCommand = {
  columns: [
    ['SPEECH', 7],
    ['LEVEL', 6],
    ['DECISION', 9],
    ['EMBEDDING', 0],
  ],
  rhythm: 'voice-activity',
  async view(session, { config }, { signal }) {
    const models = await session.models('all', signal);
    const limits = voiceLimits(models.match, { ...config.hearing, decideAfterMs: leastVoicedMs });
    return {
      async hear({ input, sound }, wait) {
        const heard = await models.embed(sound, wait);
        const judged = judgeVoice({ heard, nearest: [], people: 0, held: null }, limits);
        // Compared with nobody, a voice that can be compared is unknown.
        const usable = judged.decision === 'unknown';
        const decision = usable ? 'usable' : judged.decision;
        const numbers = [...(heard.embedding ?? [])];
        const first = numbers.slice(0, 4).map((value) => value.toFixed(3));
        return [
          {
            json: {
              input,
              voicedS: seconds(heard.voicedMs / 1000),
              embedding: numbers.map(float32),
              model: models.pipelineId,
              levelDbfs: decibels(heard.levelDbfs),
              decision,
              reason: usable ? null : judged.reason,
            },
            cells: [
              `${(heard.voicedMs / 1000).toFixed(2)} s`,
              `${heard.levelDbfs.toFixed(0)} dB`,
              decision,
              usable ? `${first.join(' ')} … (${numbers.length} numbers, all with --json)` : judged.reason,
            ],
          },
        ];
      },
    };
  },
};

/** Nine digits give back the very same 32-bit number. */
function float32(value: number): number {
  return Number(value.toPrecision(9));
}

function seconds(value: number): number {
  return Number(value.toFixed(3));
}

/** Digital silence has no level, and JSON no infinity. */
function decibels(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toFixed(2)) : null;
}
