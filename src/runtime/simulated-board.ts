import type { TimerId } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { Edge } from '../../hal/contract/gpio.ts';
import { type Fault, FaultBoard } from '../../hal/sim/faults.ts';
import type { Scene } from '../../hal/sim/scene.ts';
import { SimulatedStore } from '../../hal/sim/store.ts';
import { type VirtualClock, VirtualWallClock } from '../../hal/sim/virtual-clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { TraceRecord } from '../trace/record.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { BegunFaults } from './begun-faults.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { InputBench } from './input-bench.ts';
import { actuatorLines } from './output-lines.ts';
import type { DevicePorts } from './ports.ts';
import { type ClosableSense, nothingClosed } from './privacy-switch.ts';
import { SenseClosing } from './sense-closing.ts';
import type { BoardSenses } from './senses.ts';
import { frameRing, type SimulatedWorld, simulateWorld } from './simulation.ts';

/** What a board that was reset by its watchdog takes to start the firmware again. */
const bootMs = 3_000;
/** An orderly stop takes no longer. */
const stopLimitMs = 15_000;
/** What was begun and given up at a power cut is over by then. */
const closingLimitMs = 60_000;

export type BoardLamp = 'green' | 'red';

export interface SimulatedBoardOptions {
  readonly clock: VirtualClock;
  readonly scene: Scene;
  readonly config: VigilConfig;
  /** Time of day at the start. */
  readonly startUtcMs: number;
  readonly senses: BoardSenses;
  /** Other ports in the place of the simulated ones, and made of them. */
  readonly replacePorts?: (simulated: DevicePorts) => Partial<DevicePorts>;
  /** Hears of every record of the trace; a boot begins a trace of its own, numbered from 1. */
  readonly onRecord: (record: TraceRecord, boot: number) => void;
  /** Hears of every change on a wire: of a lamp, or of a further output by its name. */
  readonly onEdge: (line: string, edge: Edge) => void;
}

/** One life of the firmware, from power on to its end. */
interface Boot extends BuiltDevice {
  readonly closing: SenseClosing;
  readonly world: SimulatedWorld;
  /** Nothing of it is seen any more. */
  detached: boolean;
  ended: boolean;
}

/** How a board was left. */
export interface BoardEnd {
  /** Whether the device stopped in order, in time. */
  readonly stopped: boolean;
  /** What is on that should not be. */
  readonly on: readonly string[];
  /** What it did not let go of, in words. */
  readonly leftBehind: readonly string[];
}

/**
 * A board in a scene, without power at first. It can be booted, told to stop and cut off again and again: faults, the
 * scene and what is on the disk stay, the rest begins anew.
 */
export class SimulatedBoard {
  readonly faults: FaultBoard;
  readonly wallClock: VirtualWallClock;
  /** The button and the contact of the door. */
  readonly inputs: InputBench;
  readonly #options: SimulatedBoardOptions;
  readonly #store: SimulatedStore;
  readonly #ring: FrameRing;
  readonly #levels = new Map<string, boolean>();
  readonly #faultsBegun: BegunFaults;
  readonly #closing: Promise<unknown>[] = [];
  #boot: Boot | undefined;
  #boots = 0;
  /** What the privacy switch says, on the disk. */
  #ordered = nothingClosed;
  #orders = 0;
  #config: VigilConfig;
  #resetTimer: TimerId | undefined;

  constructor(options: SimulatedBoardOptions) {
    const { clock, config, startUtcMs } = options;
    this.#options = options;
    this.#config = config;
    this.faults = new FaultBoard(clock);
    this.#faultsBegun = new BegunFaults(this.faults, clock);
    this.wallClock = new VirtualWallClock(clock, { startUtcMs, faults: this.faults });
    this.inputs = new InputBench(clock, this.faults);
    this.#store = new SimulatedStore({ clock, faults: this.faults });
    this.#ring = options.senses.ring ?? frameRing(config);
  }

  /** Whether the firmware runs. */
  get running(): boolean {
    return this.#boot !== undefined && !this.#boot.ended;
  }

  /** A lamp or a further output as a meter on the wire shows it. */
  level(line: string): boolean {
    return this.#levels.get(line) ?? false;
  }

  /** Read at the next boot. */
  configure(config: VigilConfig): void {
    this.#config = config;
  }

  /** Starts the firmware. Throws RangeError when it runs. */
  boot(): void {
    if (this.running) throw new RangeError('the device runs already');
    this.#leaveBoot();
    const { clock, scene, senses } = this.#options;
    const config = this.#config;
    const number = ++this.#boots;
    const world = simulateWorld(scene, config, clock, this.#ring, senses.painter, senses.mixer, {
      faults: this.faults,
      store: this.#store,
      wallClock: this.wallClock,
      inputs: this.inputs,
      onReset: () => this.#reset(),
    });
    const trace = new TraceRecorder(clock, config.trace.ringRecords);
    let boot: Boot | undefined;
    trace.observe((record) => {
      if (boot?.detached !== true) this.#options.onRecord(record, number);
    });
    const ports: DevicePorts = { ...world.ports, ...senses.ports(world, config) };
    const device = buildDevice({ ...ports, ...this.#options.replacePorts?.(ports) }, config, trace);
    const closing = new SenseClosing(clock, this.wallClock, (event) => device.actor.send(event));
    const started: Boot = { ...device, closing, world, detached: false, ended: false };
    boot = started;
    this.#boot = started;
    for (const [line, output] of [...world.keeper.outputs, ['red', world.indicator] as const]) {
      this.#see(line, output.level);
      output.onEdge(({ on }) => {
        if (!started.detached) this.#see(line, on);
      });
    }
    const end = () => {
      started.ended = true;
      closing.end();
    };
    device.actor.subscribe({ complete: end, error: () => {} });
    void device.died.then(end);
    device.actor.start();
    closing.follow(this.#ordered);
  }

  /** Tells the firmware to end, as SIGTERM does. Throws RangeError when it does not run. */
  stop(): void {
    this.#running('stop').actor.send({ type: 'STOP.REQUESTED' });
  }

  /** A person with the right to do so lets the device leave `safe`. */
  operatorReleases(): void {
    this.#running('be released').actor.send({ type: 'OPERATOR.RELEASED' });
  }

  /** Somebody closes senses by the privacy switch, which stays over boots; null: until they are opened again. */
  pause(senses: readonly ClosableSense[], forMs: number | null): void {
    const order = {
      id: `order ${++this.#orders}`,
      by: 'scenario',
      atUtcMs: this.wallClock.nowUtcMs(),
      forMs,
    };
    this.#ordered = { ...this.#ordered, ...Object.fromEntries(senses.map((sense) => [sense, order])) };
    this.#followSwitch();
  }

  resume(): void {
    this.#ordered = nothingClosed;
    this.#followSwitch();
  }

  #followSwitch(): void {
    if (this.#boot?.ended === false) this.#boot.closing.follow(this.#ordered);
  }

  /** Takes the power away: the firmware and the line keeper are gone at once, each line as it is wired. */
  cutPower(): void {
    this.#leaveBoot();
    for (const [line, level] of this.#levelsWithoutFirmware()) {
      this.#see(line, this.faults.find('line-stuck', line)?.on ?? level);
    }
    if (this.#resetTimer !== undefined) this.#options.clock.clearTimeout(this.#resetTimer);
    this.#resetTimer = undefined;
  }

  /** A fault begins; it ends after `forMs`, when it is mended, or with `mend`. */
  break(fault: Fault, forMs?: number): void {
    this.#faultsBegun.begin(fault, forMs);
  }

  /** Ends the faults that `which` is true of; gives how many there were. */
  mend(which: (fault: Fault) => boolean): number {
    return this.#faultsBegun.mend(which);
  }

  /**
   * Puts everything to rest, whatever happened before: faults mended, the device told to stop, the power off. Says how
   * the lamps were after the stop and what was left behind. `runUntil` lets time pass.
   */
  async end(): Promise<BoardEnd> {
    const { clock, senses } = this.#options;
    this.mend(() => true);
    this.inputs.rest();
    const boot = this.#boot;
    if (this.running) {
      this.stop();
      const limitMs = clock.nowMs() + stopLimitMs;
      while (this.running && clock.nowMs() < limitMs) await clock.runFor(100);
    }
    const stopped = boot === undefined || boot.actor.getSnapshot().status === 'done' || boot.detached;
    const resting = this.#levelsWithoutFirmware();
    const on = [...this.#levels].filter(([line, level]) => level && resting.get(line) !== true);
    this.cutPower();
    const closed = Promise.allSettled(this.#closing);
    const limit = clock.sleep(closingLimitMs).then(() => 'limit');
    const given = await clock.runUntilSettled(Promise.race([closed, limit]), closingLimitMs + 1);
    const leftBehind = [
      ...(given === 'limit' ? ['something that it opened is still not closed'] : []),
      ...(this.#leasedSlots() > 0 ? [`${this.#leasedSlots()} frames that nobody gave back`] : []),
      // The limit's own timer is pending when everything was closed in time.
      ...(clock.pendingTimers > 1 ? [`${clock.pendingTimers - 1} timers`] : []),
    ];
    await clock.track(senses.close());
    return { stopped, on: on.map(([line]) => line), leftBehind };
  }

  #running(what: string): Boot {
    if (this.#boot === undefined || this.#boot.ended) {
      throw new RangeError(`the device does not run and cannot ${what}`);
    }
    return this.#boot;
  }

  /** Forgets the present boot: from now on nothing of it is seen, and it closes what it had. */
  #leaveBoot(): void {
    const boot = this.#boot;
    if (boot === undefined) return;
    boot.detached = true;
    boot.closing.end();
    this.#boot = undefined;
    const { watchdog, keeper, indicator } = boot.world;
    const { ended } = boot; // stopping the actor ends it
    boot.actor.stop();
    const given = ended ? Promise.resolve() : boot.abandon();
    this.#closing.push(
      given.finally(() => Promise.all([keeper.close(), indicator.close()])),
      watchdog.close(),
    );
  }

  #reset(): void {
    this.cutPower();
    this.#resetTimer = this.#options.clock.setTimeout(() => {
      this.#resetTimer = undefined;
      this.boot();
    }, bootMs);
  }

  /** What each line is while no firmware commands it: fail-safe locks are open. */
  #levelsWithoutFirmware(): Map<string, boolean> {
    const lines = actuatorLines(this.#config);
    return new Map([['red', false], ...lines.map(({ name, lostOn }) => [name, lostOn ?? false] as const)]);
  }

  #see(line: string, on: boolean): void {
    if (this.level(line) === on) return;
    this.#levels.set(line, on);
    this.#options.onEdge(line, { on, atMs: this.#options.clock.nowMs() });
  }

  #leasedSlots(): number {
    const { header, slots } = this.#ring.share;
    const words = new Int32Array(header);
    let leased = 0;
    for (let slot = 0; slot < slots; slot++) if ((words[2 * slot + 1] ?? 0) > 0) leased++;
    return leased;
  }
}
