import type { Camera, CameraSession, CameraSettings } from '../../hal/contract/camera.ts';
import type { HalError } from '../../hal/contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings } from '../../hal/contract/microphone.ts';
import { isCoProcessorFault } from '../../hal/native/co-processor.ts';

/**
 * Which of two drivers is used: the one in the native co-processor until that fails, by a crash or because it cannot be
 * started, and from then on, until the device is started again, the other. A camera that is only unplugged is no such
 * failure: the other driver would not find it either.
 */
class Choice<Driver extends { readonly name: string }> {
  readonly #native: Driver;
  readonly #other: Driver;
  #fault: HalError | undefined;

  constructor(native: Driver, other: Driver) {
    this.#native = native;
    this.#other = other;
  }

  get name(): string {
    if (this.#fault === undefined) return this.#native.name;
    return `${this.#other.name} (in place of ${this.#native.name}: ${this.#fault.message})`;
  }

  /** Opens the one that is to be used; `listened` hears of the end of the native one's stream. */
  async open<Session>(
    open: (driver: Driver) => Promise<Session>,
    listened: (session: Session) => Session,
  ): Promise<Session> {
    if (this.#fault === undefined) {
      try {
        return listened(await open(this.#native));
      } catch (error) {
        if (!isCoProcessorFault(error)) throw error;
        this.#fault = error;
      }
    }
    return await open(this.#other);
  }

  /** The stream of the native driver, whose failure is kept. */
  async *stream<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    try {
      yield* items;
    } catch (error) {
      if (isCoProcessorFault(error)) this.#fault = error;
      throw error;
    }
  }
}

/** A camera in the native co-processor, and the one that is looked through when that fails. */
export class FallbackCamera implements Camera {
  readonly live = true;
  readonly #choice: Choice<Camera>;

  constructor(native: Camera, other: Camera) {
    this.#choice = new Choice(native, other);
  }

  get name(): string {
    return this.#choice.name;
  }

  open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    return this.#choice.open(
      (camera) => camera.open(settings, signal),
      (session) => ({
        name: session.name,
        get dropped() {
          return session.dropped;
        },
        frames: (reading) => this.#choice.stream(session.frames(reading)),
        close: () => session.close(),
        [Symbol.asyncDispose]: () => session.close(),
      }),
    );
  }
}

/** A microphone in the native co-processor, and the one that is listened through when that fails. */
export class FallbackMicrophone implements Microphone {
  readonly live = true;
  readonly #choice: Choice<Microphone>;

  constructor(native: Microphone, other: Microphone) {
    this.#choice = new Choice(native, other);
  }

  get name(): string {
    return this.#choice.name;
  }

  open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    return this.#choice.open(
      (microphone) => microphone.open(settings, signal),
      (session) => ({
        name: session.name,
        sampleRateHz: session.sampleRateHz,
        channels: session.channels,
        get overruns() {
          return session.overruns;
        },
        chunks: (reading) => this.#choice.stream(session.chunks(reading)),
        close: () => session.close(),
        [Symbol.asyncDispose]: () => session.close(),
      }),
    );
  }
}
