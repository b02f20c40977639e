import { describe, expect, test } from 'bun:test';
import type { MicrophoneSettings, PcmChunk } from '../../../hal/contract/microphone.ts';
import type { SoundGlance, SoundWatch } from '../../../hal/contract/sound-watch.ts';
import { type Fault, FaultBoard } from '../../../hal/sim/faults.ts';
import { SceneMicrophone } from '../../../hal/sim/microphone.ts';
import { OracleSoundWatch } from '../../../hal/sim/oracle-sound-watch.ts';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';
import { createSoundMixer, type SpeechClip } from '../../../hal/sim/sound-mixer.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { PcmSoundWatch } from '../../../src/hearing/sound-watch.ts';
import { VoiceActivityDetector } from '../../../src/hearing/vad.ts';

const never = new AbortController().signal;
const usual: MicrophoneSettings = { sampleRateHz: 16_000, channels: 1 };

/** A buzz with the overtones of a voice, three syllables a second. */
const vowel: SpeechClip = {
  sampleRateHz: 16_000,
  samples: Float32Array.from({ length: 16_000 }, (_, i) => {
    const phase = (2 * Math.PI * 140 * i) / 16_000;
    let sum = 0;
    for (let k = 1; k <= 24; k++)
      sum += Math.sin(k * phase) / (1 + ((k * 140 - 600) / 300) ** 2) ** 0.5 / k ** 0.5;
    return sum * (0.6 + 0.4 * Math.sin((2 * Math.PI * 3 * i) / 16_000));
  }),
};

function device(script: Partial<SceneInput>, mixed: boolean) {
  const clock = new VirtualClock();
  const scene = Scene.parse({ name: 'test', durationMs: 60_000, ...script });
  const faults = new FaultBoard(clock, scene.script.faults);
  const mixer = createSoundMixer({ seed: 1, clips: new Map([['ada', vowel]]) });
  const microphone = new SceneMicrophone({ clock, scene, faults, ...(mixed ? { mixer } : {}) });
  return { clock, faults, microphone };
}

async function listen(
  script: Partial<SceneInput>,
  options: { mixed: boolean; untilMs?: number; settings?: MicrophoneSettings },
) {
  const { mixed, untilMs = 1_000, settings = usual } = options;
  const { clock, microphone } = device(script, mixed);
  const session = await microphone.open(settings, never);
  const chunks: PcmChunk[] = [];
  const glances: SoundGlance[] = [];
  using detector = await VoiceActivityDetector.create();
  const watch: SoundWatch = mixed
    ? new PcmSoundWatch(detector)
    : new OracleSoundWatch((fromMs, until) => microphone.truth(fromMs, until));
  const reading = (async () => {
    for await (const chunk of session.chunks(never)) {
      chunks.push(chunk);
      glances.push(watch.glance(chunk));
    }
  })().catch((error: unknown) => error);
  await clock.runUntil(untilMs);
  const { overruns } = session;
  await session.close();
  await clock.runUntilSettled(reading);
  return { chunks, glances, overruns };
}

const speech = { kind: 'speech', subject: 'ada', fromMs: 0, untilMs: 60_000 } as const;

describe('scene microphone', () => {
  test('gives the nearest that it can, and says what', async () => {
    const { microphone } = device({}, true);
    const given = async (sampleRateHz: number, channels: number) => {
      const session = await microphone.open({ sampleRateHz, channels }, never);
      await session.close();
      return [session.sampleRateHz, session.channels];
    };
    expect(await given(44_100, 2)).toEqual([44_100, 2]);
    expect(await given(11_025, 8)).toEqual([11_030, 2]);
    expect(await given(1_000, 1)).toEqual([8_000, 1]);
    expect(await given(1_000_000, 1)).toEqual([384_000, 1]);
  });

  test('hears the same in both channels', async () => {
    const { chunks } = await listen(
      { sounds: [speech] },
      { mixed: true, settings: { sampleRateHz: 32_000, channels: 2 } },
    );
    expect(chunks).toHaveLength(10);
    for (const { samples } of chunks) {
      for (let i = 0; i < samples.length; i += 2) expect(samples[i]).toBe(samples[i + 1]!);
    }
  });

  test('hears the same scene as the same samples, and speech at -26 dBFS where nothing else is said', async () => {
    const heard = () => listen({ sounds: [speech] }, { mixed: true, untilMs: 3_000 });
    const first = await heard();
    expect((await heard()).chunks).toEqual(first.chunks);
    const power = first.glances.reduce((sum, { levelDbfs }) => sum + 10 ** (levelDbfs / 10), 0);
    expect(10 * Math.log10(power / first.glances.length)).toBeCloseTo(-26, 0);
  });

  test('spends next to nothing on an hour without a mixer, glances included', async () => {
    const startedMs = performance.now();
    const { chunks } = await listen({}, { mixed: false, untilMs: 3_600_000 });
    expect(chunks).toHaveLength(36_000);
    expect(new Set(chunks.map(({ samples }) => samples)).size).toBe(1);
    // About 100 ms on a quiet machine; ten times that would spoil the simulated hour.
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('stalls: nothing comes, and afterwards it goes on with the sound of then', async () => {
    const faults = [{ fault: 'microphone-stalled' as const, fromMs: 250, untilMs: 650 }];
    const { chunks, overruns } = await listen({ faults }, { mixed: false });
    expect(chunks.map(({ startMs }) => startMs)).toEqual([0, 100, 600, 700, 800, 900]);
    expect(overruns).toBe(0);
  });

  test('cannot be opened while another program holds it', async () => {
    const { faults, microphone } = device({}, false);
    const end = faults.begin({ fault: 'error', port: 'microphone', call: 'open', error: 'busy' });
    await expect(microphone.open(usual, never)).rejects.toMatchObject({ kind: 'busy' });
    end();
    await (await microphone.open(usual, never)).close();
  });

  test('remembers what its faults kept from being heard', async () => {
    const { clock, faults, microphone } = device({ sounds: [speech] }, false);
    const session = await microphone.open(usual, never);
    await clock.runUntil(1_000);
    const end = faults.begin({ fault: 'microphone-overrun' });
    await clock.runUntil(2_000);
    end();
    await clock.runUntil(4_000);
    expect(microphone.truth(0, 4_000)).toMatchObject({ speechMs: 3_000, impairment: 'lost' });
    expect(microphone.truth(2_000, 4_000)).toMatchObject({ speechMs: 2_000, impairment: undefined });
    await session.close();
  });
});

describe('the oracle watch and ears for real sound agree', () => {
  const states: Readonly<Record<SoundGlance['state'], Fault | undefined>> = {
    good: undefined,
    zeros: { fault: 'microphone-zeros' },
    stuck: { fault: 'microphone-stuck' },
    clipped: { fault: 'microphone-clipped' },
  };
  for (const [state, fault] of Object.entries(states)) {
    for (const sounds of [[], [speech]]) {
      test(`on sound that is ${state}, ${sounds.length === 0 ? 'in quiet' : 'while somebody speaks'}`, async () => {
        const faults = fault === undefined ? [] : [{ ...fault, fromMs: 0 }];
        const oracle = await listen({ sounds, faults }, { mixed: false });
        const real = await listen({ sounds, faults }, { mixed: true });
        for (const { glances } of [oracle, real]) {
          expect(glances.map((glance) => glance.state)).toEqual(Array(10).fill(state));
        }
        const mean = ({ glances }: { glances: SoundGlance[] }) =>
          glances.reduce((sum, { levelDbfs }) => sum + levelDbfs, 0) / glances.length;
        if (state === 'zeros') expect([mean(oracle), mean(real)]).toEqual([-Infinity, -Infinity]);
        else expect(Math.abs(mean(oracle) - mean(real))).toBeLessThan(2);
      });
    }
  }

  test('on when somebody speaks, to a tenth of a second or three', async () => {
    const sounds = [
      { ...speech, fromMs: 1_000, untilMs: 3_000 },
      { kind: 'noise' as const, fromMs: 4_000, untilMs: 5_000, levelDbfs: -40 },
    ];
    const speaking = async (mixed: boolean) => {
      const { chunks, glances } = await listen({ sounds }, { mixed, untilMs: 6_000 });
      const spoken = chunks.filter((_, i) => glances[i]!.speechMs > 0);
      return { fromMs: spoken[0]!.startMs, untilMs: spoken.at(-1)!.startMs + 100 };
    };
    expect(await speaking(false)).toEqual({ fromMs: 1_000, untilMs: 3_000 });
    const real = await speaking(true);
    expect(Math.abs(real.fromMs - 1_000)).toBeLessThanOrEqual(300);
    expect(Math.abs(real.untilMs - 3_000)).toBeLessThanOrEqual(300);
  });
});
