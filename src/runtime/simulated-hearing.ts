import type { Clock } from '../../hal/contract/clock.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { Fault, FaultBoard } from '../../hal/sim/faults.ts';
import type { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { OracleSoundWatch } from '../../hal/sim/oracle-sound-watch.ts';
import { OracleVoiceModels, oracleVoiceEmbedding } from '../../hal/sim/oracle-voice-models.ts';
import type { Scene } from '../../hal/sim/scene.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { NamedVoice } from '../hearing/namer.ts';
import type { HearingPorts } from './ports.ts';

/** Calls back when a microphone that a fault had taken away is there again. */
export function watchSimulatedMicrophone(
  faults: FaultBoard,
  appeared: () => void,
  signal: AbortSignal,
): void {
  const ended = (fault: Fault, active: boolean) => {
    if (!active && fault.fault === 'error' && fault.port === 'microphone') appeared();
  };
  signal.addEventListener('abort', faults.subscribe(ended), { once: true });
}

/** Hearing in simulated time with models that know the truth; `enrolled` are the subjects whose voices are known. */
export function oracleHearing(
  microphone: SceneMicrophone,
  scene: Scene,
  enrolled: readonly string[],
  config: VigilConfig,
  clock: Clock,
  faults: FaultBoard,
): HearingPorts {
  const { seed } = scene.script;
  const truth: SceneMicrophone['truth'] = (fromMs, untilMs) => microphone.truth(fromMs, untilMs);
  const rows = enrolled.map((s) => ({ subjectId: s, e: oracleVoiceEmbedding(seed, s) }));
  return {
    microphone,
    newSoundWatch: () => new OracleSoundWatch(truth),
    openVoices: async () => {
      faults.check('voice-models', 'voices', 'open');
      const limitMs = config.hearing.modelLimitMs;
      const models = new OracleVoiceModels({ clock, faults, seed, truth, limitMs });
      return {
        pipelineId: models.pipelineId,
        startAnew: () => undefined,
        name: async (sound: Sound, signal: AbortSignal): Promise<NamedVoice> => {
          const heard = await models.embed(sound, signal);
          const nearest = rows
            .map(({ subjectId, e }) => ({
              subjectId,
              score:
                heard.embedding === null ? 0 : e.reduce((sum, v, i) => sum + v * heard.embedding![i]!, 0),
            }))
            .sort((a, b) => b.score - a.score);
          const [best, second] = nearest;
          const { voicedMs, levelDbfs } = heard;
          const base = {
            voicedMs,
            levelDbfs,
            secondSubjectId: null,
            secondScore: second?.score ?? null,
            nearest: heard.embedding === null ? [] : nearest,
            score: best?.score ?? null,
          };
          if (voicedMs < 300) return { ...base, decision: 'no-speech', subjectId: null, reason: 'x' };
          if (heard.embedding === null)
            return { ...base, decision: 'too-short', subjectId: null, reason: 'x' };
          if ((best?.score ?? 0) < 0.84)
            return { ...base, decision: 'unknown', subjectId: null, reason: 'x' };
          return { ...base, decision: 'known', subjectId: best!.subjectId, reason: 'x' };
        },
        selfTest: async () => faults.check('voice-models', 'voices', 'read'),
        close: () => models.close(),
      };
    },
    watchMicrophone: (appeared, signal) => watchSimulatedMicrophone(faults, appeared, signal),
  };
}
