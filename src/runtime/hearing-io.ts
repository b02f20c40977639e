import { asHalError, HalError } from '../../hal/contract/errors.ts';
import type { MicrophoneSession } from '../../hal/contract/microphone.ts';
import type { ListenEvent } from '../../machines/hearing.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type Calibrations, voiceLine, weighShare, weighVoice } from '../decide/calibration.ts';
import type { VoiceEvidence } from '../decide/evidence.ts';
import { KeptSound } from '../hearing/kept-sound.ts';
import type { NamedVoice, VoiceNamer } from '../hearing/namer.ts';
import { SevenSecondRhythm, sevenSeconds, VoiceActivityRhythm } from '../hearing/rhythm.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { Listening } from './listening.ts';
import type { HeardSound } from './onlookers.ts';
import type { OpenDevice } from './open-device.ts';
import type { DevicePorts, HearingPorts, OpenVoices } from './ports.ts';
import type { Standings } from './standings.ts';

/** Digital silence, one level or overdriven sound is reported when it lasts this long. */
const badSoundLimitMs = 2_000;

/** The hands of the hearing machine. Holds the microphone and the voice models, so that each is closed once. */
export class HearingIo {
  readonly #clock: DevicePorts['clock'];
  readonly #ports: HearingPorts;
  readonly #config: VigilConfig;
  readonly #trace: TraceRecorder;
  readonly #openDevice: OpenDevice;
  readonly #standings: Standings;
  readonly #onSound: (sound: HeardSound) => void;
  readonly #calibrations: Calibrations;
  #voices: OpenVoices | undefined;
  #session: MicrophoneSession | undefined;
  #listening: Listening | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(
    { clock, calibrations }: Pick<DevicePorts, 'clock' | 'calibrations'>,
    ports: HearingPorts,
    config: VigilConfig,
    trace: TraceRecorder,
    openDevice: OpenDevice,
    standings: Standings,
    onSound: (sound: HeardSound) => void,
  ) {
    this.#clock = clock;
    this.#ports = ports;
    this.#config = config;
    this.#trace = trace;
    this.#openDevice = openDevice;
    this.#standings = standings;
    this.#onSound = onSound;
    this.#calibrations = calibrations;
  }

  async openVoices(signal: AbortSignal): Promise<void> {
    this.#voices = await this.#openDevice('voices', () => this.#ports.openVoices(signal), signal);
    this.#trace.note('voices-loaded', { pipelineId: this.#voices.namer.pipelineId });
  }

  async reloadVoices(signal: AbortSignal): Promise<void> {
    await this.#closing;
    await this.#closeVoices();
    await this.openVoices(signal);
  }

  selfTest(signal: AbortSignal): Promise<void> {
    return this.#opened().selfTest(signal);
  }

  async openMicrophone(signal: AbortSignal): Promise<void> {
    await this.#closing;
    await this.#closeMicrophone(); // one that was opened and never listened through
    const { sampleRateHz, channels } = this.#config.microphone;
    const wish = { sampleRateHz, channels };
    const { microphone } = this.#ports;
    this.#session = await this.#openDevice('microphone', () => microphone.open(wish, signal), signal, wish);
  }

  /** Listens until it is stopped; gives how to stop it. */
  listen(send: (event: ListenEvent) => void): () => void {
    const session = this.#session;
    if (session === undefined) throw new HalError('closed', 'microphone', 'it is not open');
    const { mode, decideAfterMs, utteranceGapMs, windowMs } = this.#config.hearing;
    const live = this.#ports.microphone.live;
    this.#listening = new Listening(
      {
        clock: this.#clock,
        watch: this.#ports.newSoundWatch(),
        ...(mode === 'seven-second'
          ? {
              rhythm: new SevenSecondRhythm(),
              kept: new KeptSound({ lengthMs: sevenSeconds.lengthMs }),
            }
          : {
              rhythm: new VoiceActivityRhythm({ decideAfterMs, utteranceGapMs }),
              kept: new KeptSound({ speechMs: windowMs }),
            }),
        noSoundLimitMs: live ? this.#config.microphone.noSoundTimeoutMs : null,
        badSoundLimitMs,
        onSound: this.#onSound,
        onOverrun: (overruns) => this.#trace.halIn('microphone', 'overrun', { data: { overruns } }),
      },
      session,
      (event) => {
        if (event.type === 'SPEECH.BEGAN') this.#voices?.namer.startAnew();
        if (event.type === 'LISTENING.FAILED') this.#trace.halIn('microphone', 'failed');
        send(event);
      },
    );
    return () => {
      this.#closing = this.#closeMicrophone();
    };
  }

  /** Whose voice the speech is that was gathered last. */
  async nameVoice(signal: AbortSignal): Promise<VoiceEvidence> {
    const { namer } = this.#opened();
    if (this.#listening === undefined) throw new HalError('closed', 'microphone', 'it is not open');
    const { sound, untilMs } = this.#listening.gathered();
    try {
      const named = await namer.name(sound, signal);
      this.#recordAnswer(named);
      const { nearest: _, limits: __, ...answer } = named;
      const times = { heardFromMs: sound.startMs, heardUntilMs: untilMs, namedAtMs: this.#clock.nowMs() };
      const llrBans = this.#weigh(namer, named);
      return this.#standings.with({ ...answer, ...times, ...(llrBans === undefined ? {} : { llrBans }) });
    } catch (error) {
      if (!signal.aborted) {
        this.#trace.halIn('voices', 'failed', { error: asHalError(error, 'voices').kind });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#closing.then(() => this.#closeMicrophone()).finally(() => this.#closeVoices());
  }

  #opened(): OpenVoices {
    if (this.#voices === undefined) throw new HalError('closed', 'voices', 'they are not open');
    return this.#voices;
  }

  #weigh({ scores, pipelineId }: VoiceNamer, { score, secondScore, limits }: NamedVoice): number | undefined {
    if (limits === null) return undefined;
    const { ownThreshold } = limits;
    if (scores === 'shares') return weighShare(score, ownThreshold);
    return weighVoice({ score, secondScore, ownThreshold }, voiceLine(this.#calibrations, pipelineId));
  }

  /** What the models said, as ids and scores of the nearest few, and what these were held against. */
  #recordAnswer({ decision, voicedMs, levelDbfs, nearest, limits }: NamedVoice): void {
    this.#trace.model('voices', 'finished', { data: { decision, voicedMs, levelDbfs, nearest, limits } });
  }

  async #closeMicrophone(): Promise<void> {
    const listening = this.#listening;
    const session = this.#session;
    this.#listening = undefined;
    this.#session = undefined;
    await listening?.stop();
    if (session !== undefined) {
      this.#trace.halOut('microphone', 'close');
      await session.close();
    }
  }

  async #closeVoices(): Promise<void> {
    const voices = this.#voices;
    if (voices === undefined) return;
    this.#voices = undefined;
    this.#trace.halOut('voices', 'close');
    await voices.close();
  }
}
