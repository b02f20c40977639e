import { untilAborted } from '../../hal/contract/abort.ts';
import type { CameraSession } from '../../hal/contract/camera.ts';
import { asHalError, HalError } from '../../hal/contract/errors.ts';
import type { FaceModels } from '../../hal/contract/face-models.ts';
import type { Hold } from '../../hal/guard.ts';
import type { StartReport } from '../../machines/device.ts';
import type { InputEvent } from '../../machines/door.ts';
import type { LineGrant } from '../../machines/events.ts';
import type { OutputCause } from '../../machines/outputs.ts';
import type { VigilConfig } from '../config/schema.ts';
import { faceLine, weighFace } from '../decide/calibration.ts';
import type { FaceEvidence } from '../decide/evidence.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { type FaceGallery, isSameGallery } from '../vision/match.ts';
import { See, type Sight } from '../vision/see.ts';
import type { LookingHands } from './hands.ts';
import { HearingIo } from './hearing-io.ts';
import { type LookEvent, Looking } from './looking.ts';
import { faceGate, matchLimits } from './match-limits.ts';
import { Onlookers } from './onlookers.ts';
import { type OpenDevice, recordedOpening } from './open-device.ts';
import { type OutputLine, outputLines } from './output-lines.ts';
import type { DevicePorts, GuardedLines } from './ports.ts';
import { Standings } from './standings.ts';
import { watchInput } from './watch-inputs.ts';

/** A live camera whose picture does not change at all for this long is frozen. */
const frozenLimitMs = 5_000;
/** A grant that reaches the line later than this is refused there. */
const grantMaxAgeMs = 1_000;
/** Black, flat or garbled pictures are reported when they last this long. */
const badPictureLimitMs = 1_500;

/**
 * The hands of the machines: what their actors do. Holds every open session, so that each is closed once, and
 * records what goes to a device and what comes back.
 */
export class DeviceIo {
  readonly #ports: DevicePorts;
  readonly #config: VigilConfig;
  readonly #trace: TraceRecorder;
  readonly #openDevice: OpenDevice;
  readonly #standings: Standings;
  /** Null where there is no microphone. */
  readonly hearing: HearingIo | null;
  readonly onlookers = new Onlookers();
  #models: FaceModels | undefined;
  #see: See | undefined;
  #enrolled = 0;
  /** Who was known when the device started. */
  #firstGallery: FaceGallery | undefined;
  #lines: GuardedLines | undefined;
  /** By the name that the trace has for a line. */
  readonly #outputs: ReadonlyMap<string, OutputLine>;
  readonly #holds = new Map<string, Hold>();
  #session: CameraSession | undefined;
  #looking: Looking | undefined;
  #closingCamera: Promise<void> = Promise.resolve();
  #galleryWatch = new AbortController();
  readonly #inputWatch = new AbortController();
  #inputs: Promise<unknown> = Promise.resolve();
  /** The sound that plays, and how to end it. */
  #sound = { stop: new AbortController(), ended: Promise.resolve() };
  /** One of start, recover, reload and stop at a time: one that was given up still closes what it opened. */
  #turn: Promise<unknown> = Promise.resolve();
  #abandoned = false;

  constructor(ports: DevicePorts, config: VigilConfig, trace: TraceRecorder) {
    this.#ports = ports;
    this.#config = config;
    this.#trace = trace;
    this.#openDevice = recordedOpening(trace);
    this.#outputs = new Map(outputLines(config).map((output) => [output.spec.device, output]));
    this.#standings = new Standings(ports, config);
    this.hearing =
      ports.hearing === null
        ? null
        : new HearingIo(ports, ports.hearing, config, trace, this.#openDevice, this.#standings, (sound) =>
            this.onlookers.hears(sound),
          );
  }

  start(signal: AbortSignal): Promise<StartReport> {
    return this.#inTurn(async () => {
      const badBoots = await untilAborted(this.#ports.boots.begin(), signal);
      await this.#open(signal);
      return { badBoots };
    });
  }

  recover(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#closeAll();
      await this.#open(signal);
    });
  }

  async selfTest(signal: AbortSignal): Promise<void> {
    const models = this.#models;
    if (models === undefined) throw new HalError('closed', 'models', 'they are not open');
    await this.makeSafe();
    await this.#ports.testModels(models, signal);
    await this.hearing?.selfTest(signal);
    this.#trace.note('self-test-passed', { pipelineId: models.pipelineId });
  }

  /** Outputs first; then everything else, whatever fails. Rejects with the first error once all was tried. */
  async stop(): Promise<void> {
    try {
      await this.#inOrder();
    } finally {
      await this.#ports.hardwareWatchdog?.close();
    }
  }

  /**
   * For when the machines have died: outputs safe first, then everything closed. The hardware watchdog is fed no
   * more and left armed, so that it resets the board should the process not end.
   */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.#inOrder();
  }

  /** The outputs are safe before anything else is closed; nothing waits for a connection that does not close. */
  async #inOrder(): Promise<void> {
    const lines = await this.#secureLines();
    this.#inputWatch.abort();
    await everyOne([lines?.close(), this.#inputs, this.#endSound(), this.#inTurn(() => this.#closeAll())]);
  }

  /** Rejects with the first HalError of a line that could not be verified at its safe level. */
  async makeSafe(): Promise<void> {
    if (this.#lines === undefined) return;
    this.#recordReleases();
    const reports = await this.#lines.guard.makeSafe();
    for (const { line, spec } of this.#outputs.values()) {
      const verified = reports.some((report) => report.line === line.name && report.verified);
      this.#trace.halIn(spec.device, verified ? 'safe' : 'not-safe');
    }
    const failed = reports.find((report) => !report.verified);
    if (failed !== undefined) {
      throw failed.error ?? new HalError('io', failed.line, 'its safe level could not be verified');
    }
  }

  #recordReleases(): void {
    for (const device of this.#outputs.keys()) this.#trace.halOut(device, 'release', { on: false });
  }

  async openCamera(signal: AbortSignal): Promise<void> {
    await this.#closingCamera;
    await this.#closeCamera(); // one that was opened and never looked through
    const { camera } = this.#ports;
    const { widthPx, heightPx, fps } = this.#config.camera;
    const data = { widthPx, heightPx, fps };
    this.#session = await this.#openDevice(
      'camera',
      () => camera.open({ widthPx, heightPx, fps }, signal),
      signal,
      data,
    );
  }

  /** Looks until it is stopped; gives how to set its pace and how to stop it. */
  look(send: (event: LookEvent) => void): LookingHands {
    const session = this.#session;
    const see = this.#see;
    if (session === undefined || see === undefined) {
      throw new HalError('closed', 'camera', 'it is not open');
    }
    const { camera, vision } = this.#config;
    see.endTracks();
    const looking = new Looking(
      {
        clock: this.#ports.clock,
        watch: this.#ports.newPictureWatch(),
        look: async (frame, signal) => {
          const sight = await see.look(frame, signal);
          this.#recordSight(sight);
          this.onlookers.sees(frame, sight.seen);
          return {
            ...sight,
            people: sight.people.map((evidence) => this.#standings.with(this.#weighed(evidence))),
          };
        },
        passOver: (frame) => this.onlookers.sees(frame, []),
        fps: camera.fps,
        idleFps: camera.idleFps,
        fullLookIntervalMs: vision.fullLookIntervalMs,
        frozenLimitMs: this.#ports.camera.live ? frozenLimitMs : null,
        noFrameLimitMs: this.#ports.camera.live ? camera.noFrameTimeoutMs : null,
        slowLookMs: vision.trackLostMs,
        badPictureLimitMs,
      },
      session,
      (event) => {
        if (event.type === 'LOOK.FAILED') this.#trace.halIn(event.fault.part, 'failed');
        send(event);
      },
    );
    this.#looking = looking;
    return {
      setPace: (slowly) => looking.setPace(slowly),
      spare: (sparingly) => looking.spare(sparingly),
      stop: () => {
        this.#closingCamera = this.#closeCamera();
      },
    };
  }

  reloadModels(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#closingCamera;
      await this.#closeModels();
      await this.#openModels(signal);
    });
  }

  reloadVoices(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => this.hearing?.reloadVoices(signal));
  }

  async switchOn(device: string, grant: LineGrant | null, signal: AbortSignal): Promise<void> {
    const { guard } = this.#openedLines();
    if (grant === null) throw new HalError('invalid-argument', device, 'nothing was granted');
    const { grantId, issuedAtMs } = grant;
    const { line, spec } = this.#output(device);
    await this.#told(device, 'grant', { on: true, grantId }, async () => {
      const wanted = { grantId, issuedAtMs, holdMs: spec.holdMs, maxAgeMs: grantMaxAgeMs };
      this.#holds.set(device, await guard.actuator(line.name).grant(wanted, signal));
    });
  }

  /**
   * Done when the line went back to its safe level by itself, or when a further grant took the hold over; rejects
   * when it could not be held.
   */
  async watchLine(device: string): Promise<void> {
    const end = await this.#holds.get(device)?.ended;
    if (end === undefined || end.reason === 'extended') return;
    this.#trace.halIn(device, end.error === undefined ? 'off' : 'failed', {
      ...(end.error === undefined ? {} : { error: end.error.kind }),
      data: { why: end.reason },
    });
    if (end.error !== undefined) throw end.error;
  }

  async switchOff(device: string): Promise<void> {
    const { guard } = this.#openedLines();
    const { line } = this.#output(device);
    await this.#told(device, 'release', { on: false }, () => guard.actuator(line.name).release());
  }

  #output(device: string): OutputLine {
    const output = this.#outputs.get(device);
    if (output === undefined) throw new HalError('invalid-argument', device, 'there is no such output');
    return output;
  }

  async #told(
    device: string,
    op: 'grant' | 'release',
    details: { on: boolean; grantId?: string },
    act: () => Promise<void>,
  ): Promise<void> {
    this.#trace.halOut(device, op, details);
    try {
      await act();
      this.#trace.halIn(device, details.on ? 'on' : 'off');
    } catch (error) {
      this.#trace.halIn(device, 'failed', { error: asHalError(error, device).kind });
      throw error;
    }
  }

  /** Once: from the start of the machines to their end. */
  watchInputs(send: (event: InputEvent) => void): () => void {
    const { clock, inputs } = this.#ports;
    const { signal } = this.#inputWatch;
    const { settleMs } = this.#config.door;
    const watched = inputs.map(({ name, open }) =>
      watchInput({ name, input: open(), settleMs, clock, trace: this.#trace, send }, signal),
    );
    this.#inputs = Promise.all(watched);
    return () => this.#inputWatch.abort();
  }

  /** Plays the sound for it, where there is one, in the place of one that plays. */
  sound(cause: OutputCause): void {
    const { chime } = this.#ports;
    const path = chime?.soundOf(cause);
    if (chime === null || path === undefined) return;
    const before = this.#sound;
    before.stop.abort();
    const stop = new AbortController();
    const play = async () => {
      await before.ended;
      if (stop.signal.aborted) return;
      this.#trace.halOut('speaker', 'play', { data: { cause } });
      try {
        await chime.speaker.play(await path, stop.signal);
        this.#trace.halIn('speaker', 'played');
      } catch (error) {
        if (stop.signal.aborted) this.#trace.halIn('speaker', 'stopped');
        else this.#trace.halIn('speaker', 'failed', { error: asHalError(error, 'speaker').kind });
      }
    };
    this.#sound = { stop, ended: play() };
  }

  async #endSound(): Promise<void> {
    this.#sound.stop.abort();
    await this.#sound.ended;
    await this.#ports.chime?.speaker.close();
  }

  async feed(): Promise<void> {
    const { hardwareWatchdog } = this.#ports;
    if (hardwareWatchdog === null || this.#abandoned) return;
    this.#trace.halOut('watchdog', 'feed');
    await hardwareWatchdog.feed();
  }

  /** Whatever else is open: a voice is granted, and a light put out, also while the face models are replaced. */
  #openedLines(): GuardedLines {
    if (this.#lines === undefined) throw new HalError('closed', 'output', 'it is not open');
    return this.#lines;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act, act);
    this.#turn = mine;
    return mine;
  }

  /** The outputs first: they are safe before anything else can go wrong. */
  async #open(signal: AbortSignal): Promise<void> {
    this.#lines = await this.#openDevice('output', () => this.#ports.openLines(signal), signal);
    await this.#lines.guard.setUp();
    await this.#openModels(signal);
    await this.hearing?.openVoices(signal);
  }

  async #openModels(signal: AbortSignal): Promise<void> {
    const models = await this.#openDevice('models', () => this.#ports.openModels(signal), signal);
    this.#models = models;
    const { pipelineId } = models;
    const limits = matchLimits(this.#config, models);
    this.#trace.note('models-loaded', { pipelineId, ...limits });
    this.onlookers.limits = limits;
    const { votes, trackLostMs, embedIntervalMs } = this.#config.vision;
    const see = new See(models, this.#ports.clock, await this.#gallery(pipelineId), {
      ...limits,
      gate: faceGate(this.#config),
      framesToDecide: votes,
      lostAfterMs: trackLostMs,
      // Half of it, so that a late frame and a second look at a doubted face are in time as well.
      verifyAfterMs: embedIntervalMs / 2,
      ...(this.#see === undefined ? {} : { firstTrackId: this.#see.nextTrackId }),
    });
    this.#see = see;
    this.#galleryWatch.abort();
    this.#galleryWatch = new AbortController();
    this.#ports.watchGallery(() => {
      this.#gallery(pipelineId).then(
        (gallery) => see.setGallery(gallery),
        () => this.#trace.note('gallery-not-loaded'),
      );
    }, this.#galleryWatch.signal);
  }

  async #gallery(pipelineId: string): Promise<FaceGallery> {
    const gallery = await this.#ports.loadGallery(pipelineId);
    this.#enrolled = gallery.subjectIds.length;
    this.#firstGallery ??= gallery;
    this.#standings.tellPeopleChanged(!isSameGallery(gallery, this.#firstGallery));
    this.#trace.note('gallery-loaded', { people: this.#enrolled });
    return gallery;
  }

  #weighed(evidence: FaceEvidence): FaceEvidence {
    const models = this.#models;
    if (models === undefined) return evidence;
    const line = faceLine(this.#ports.calibrations, models.pipelineId, models.match.threshold);
    const llrBans = weighFace(evidence, line, this.#enrolled);
    return llrBans === undefined ? evidence : { ...evidence, llrBans };
  }

  /** What the models said, as ids and distances to the nearest few. */
  #recordSight({ seen }: Sight): void {
    if (seen.length === 0) return;
    const faces = seen.map(({ evidence, nearest }) => ({
      trackId: evidence.trackId,
      decision: evidence.decision,
      nearest: nearest.map(({ subjectId, distance }) => ({ subjectId, distance })),
    }));
    this.#trace.model('faces', 'finished', { data: { faces } });
  }

  async #closeCamera(): Promise<void> {
    const looking = this.#looking;
    const session = this.#session;
    this.#looking = undefined;
    this.#session = undefined;
    await looking?.stop();
    if (session !== undefined) {
      this.#trace.halOut('camera', 'close');
      await session.close();
    }
  }

  /** Gives the lines, made safe and granted to nobody any more, for their connection to be closed. */
  async #secureLines(): Promise<GuardedLines | undefined> {
    const lines = this.#lines;
    if (lines === undefined) return undefined;
    this.#lines = undefined;
    this.#recordReleases();
    await lines.guard.close();
    this.#trace.halOut('output', 'close');
    return lines;
  }

  async #closeModels(): Promise<void> {
    const models = this.#models;
    if (models === undefined) return;
    this.#models = undefined;
    this.#trace.halOut('models', 'close');
    await models.close();
  }

  async #closeAll(): Promise<void> {
    this.#galleryWatch.abort();
    const lines = await this.#secureLines();
    await everyOne([lines?.close(), this.#closeSenses()]);
  }

  async #closeSenses(): Promise<void> {
    // A look that is under way ends before its models do.
    await everyOne([this.#closingCamera.then(() => this.#closeCamera()), this.hearing?.close()]).finally(() =>
      this.#closeModels(),
    );
  }
}

/** All of them, whatever fails; then rejects with the first error. */
async function everyOne(work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason;
}
