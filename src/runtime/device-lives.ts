import type { Clock } from '../../hal/contract/clock.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { SystemdService } from '../../hal/linux/systemd.ts';
import type { VigilConfig } from '../config/schema.ts';
import { LampHistory } from './lamp-history.ts';
import { buildLiveDevice, type LiveDevice, type LiveDeviceOptions } from './live-device.ts';
import type { LiveStage } from './live-stage.ts';
import { runDevice } from './run-device.ts';

export interface DeviceLivesOptions
  extends Pick<
    LiveDeviceOptions,
    'config' | 'stateDirectory' | 'simulate' | 'signal' | 'importing' | 'reembedding'
  > {
  /** Hears of every device that was built, before it starts. */
  readonly onDevice: (device: LiveDevice) => void;
  readonly onNote: (text: string) => void;
  /** The manager that started this process; null where none did. */
  readonly service: SystemdService | null;
}

/** Tests come one after another: a life of its own between them would be in the way. */
const betweenTestsMs = 3_000;
/** An orderly stop takes no longer. */
const stopLimitMs = 15_000;

interface Life {
  readonly device: LiveDevice;
  /** Tells it to end, as SIGTERM does. */
  readonly stop: () => void;
  readonly ended: Promise<0 | 1 | 3>;
}

/**
 * The firmware's lives in this process. It has one of its own, from start to end. While it is lent to a test, that one
 * is over, others are begun and ended as the test says, and a new one of its own comes after.
 */
export class DeviceLives {
  readonly clock: Clock = new SystemClock();
  readonly lamps = new LampHistory();
  readonly #options: DeviceLivesOptions;
  #life: Life | undefined;
  #own: Promise<Life> | undefined;
  #lent: PromiseWithResolvers<void> | undefined;

  constructor(options: DeviceLivesOptions) {
    this.#options = options;
  }

  /** The device that lives now. */
  get device(): LiveDevice | undefined {
    return this.#life?.device;
  }

  /** Lives until it is told to end. Gives the exit code of `runDevice`, rejects with what `buildLiveDevice` throws. */
  async run(): Promise<0 | 1 | 3> {
    const { config, signal } = this.#options;
    const told = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (;;) {
      this.#own = this.#begin(config, null);
      const own = await this.#own;
      this.#options.service?.ready();
      const exitCode = await own.ended;
      this.#own = undefined;
      if (this.#lent === undefined) return exitCode;
      while (this.#lent !== undefined && !signal.aborted) {
        await Promise.race([this.#lent.promise, told]);
        await this.clock.sleep(betweenTestsMs, signal).catch(() => {});
      }
      if (signal.aborted) {
        await this.stop();
        return 0;
      }
    }
  }

  /** Ends its own life, which comes back some time after `giveBack`. Throws RangeError while it is lent. */
  async lend(): Promise<void> {
    if (this.#lent !== undefined) throw new RangeError('another test runs: wait for its end');
    this.#lent = Promise.withResolvers();
    // One that is being built must not be missed.
    await this.#own;
    await this.stop();
  }

  giveBack(): void {
    this.#lent?.resolve();
    this.#lent = undefined;
  }

  /** Begins a life before a stage; done when the firmware has started. Throws RangeError where one lives. */
  async boot(config: VigilConfig, stage: LiveStage): Promise<LiveDevice> {
    const before = this.#life;
    if (before?.device.actor.getSnapshot().status === 'active') {
      throw new RangeError('the device runs already');
    }
    // The machines of the life before have ended, and what they leave is being closed.
    await before?.ended;
    return (await this.#begin(config, stage)).device;
  }

  /** Tells the firmware to end, and waits until it has; gives whether it did in time. Cut off otherwise. */
  async stop(): Promise<boolean> {
    const life = this.#life;
    if (life === undefined) return true;
    life.stop();
    const over = new AbortController();
    const limit = this.clock.sleep(stopLimitMs, over.signal).then(
      () => false,
      () => true,
    );
    const inTime = await Promise.race([life.ended.then(() => true), limit]);
    over.abort();
    if (!inTime) {
      life.device.actor.stop();
      await life.device.abandon();
      await life.ended;
    }
    return inTime;
  }

  async #begin(config: VigilConfig, stage: LiveStage | null): Promise<Life> {
    const { stateDirectory, signal, onDevice, onNote, service } = this.#options;
    const hardwareWatchdog = service?.watchdog() ?? null;
    const device = await buildLiveDevice({
      ...this.#options,
      ...{ config, stage, lamps: this.lamps, hardwareWatchdog },
    });
    onDevice(device);
    if (service !== null) tellStates(device, service);
    const told = new AbortController();
    const run = async () => {
      try {
        return await runDevice(device, {
          config: stage === null ? config : withoutRecords(config),
          stateDirectory,
          signal: AbortSignal.any([signal, told.signal]),
          onNote,
          attended: stage === null && !isService(),
        });
      } finally {
        await device[Symbol.asyncDispose]();
        this.#life = undefined;
      }
    };
    const life: Life = { device, stop: () => told.abort(), ended: run() };
    this.#life = life;
    return life;
  }
}

/** What the device is at stands in `systemctl status`. */
function tellStates({ trace }: LiveDevice, service: SystemdService): void {
  trace.observe((record) => {
    if (record.kind === 'snapshot' && record.actor === 'device') service.status(record.states.join(', '));
  });
}

/** Trace file and journal are for the device's own lives: a test is told the trace of its own. */
function withoutRecords(config: VigilConfig): VigilConfig {
  const { file: _, ...trace } = config.trace;
  return { ...config, trace, journal: { ...config.journal, enabled: false } };
}

/** systemd sets it for every unit: nobody sits before a service. */
function isService(): boolean {
  return process.env.INVOCATION_ID !== undefined;
}
