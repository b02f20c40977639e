import type { BoardSensors } from '../../hal/contract/board-sensors.ts';
import type { Camera } from '../../hal/contract/camera.ts';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { FaceModels } from '../../hal/contract/face-models.ts';
import type { DigitalInput, DigitalOutput } from '../../hal/contract/gpio.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { PictureWatch } from '../../hal/contract/picture-watch.ts';
import type { SoundWatch } from '../../hal/contract/sound-watch.ts';
import type { HardwareWatchdog } from '../../hal/contract/watchdog.ts';
import type { Guard } from '../../hal/guard.ts';
import type { InputName } from '../../machines/events.ts';
import type { Calibrations } from '../decide/calibration.ts';
import type { Terms } from '../decide/standing.ts';
import type { VoiceNamer } from '../hearing/namer.ts';
import type { FaceGallery } from '../vision/match.ts';
import type { Chime } from './chime.ts';

/** Everything outside the machines, real or simulated: the runtime cannot tell which. */
export interface DevicePorts {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Of the system, as `Europe/Berlin`; the configuration may name another. */
  readonly timeZone: string;
  /** A draw from [0, 1): the seed of the jitter, so that the trace can have it. */
  readonly draw: () => number;
  readonly camera: Camera;
  /** A fresh glance for a camera that was just opened. */
  newPictureWatch(): PictureWatch;
  /** Loads the face models. Rejects with ModelError or HalError. */
  openModels(signal: AbortSignal): Promise<FaceModels>;
  /** Rejects when the models do not give the answer that is known beforehand. */
  testModels(models: FaceModels, signal: AbortSignal): Promise<void>;
  /** Connects to whoever holds the actuator lines; the guard has not set them up yet. */
  openLines(signal: AbortSignal): Promise<GuardedLines>;
  /** The lamp beside the actuator that says: nobody is granted. Null where there is none. */
  readonly indicator: DigitalOutput | null;
  /** Null where nothing is to sound. */
  readonly chime: Chime | null;
  /** What can be opened of the exit button and the door contact. */
  readonly inputs: readonly { readonly name: InputName; open(): DigitalInput }[];
  /** Null where the board says nothing of itself. */
  readonly board: BoardSensors | null;
  /** Null where nothing resets the board. */
  readonly hardwareWatchdog: HardwareWatchdog | null;
  /** Who can be recognised by a pipeline. */
  loadGallery(pipelineId: string): Promise<FaceGallery>;
  /** Calls back whenever the gallery has changed, until the signal is aborted. */
  watchGallery(changed: () => void, signal: AbortSignal): void;
  /** What was agreed about when a person is let in, as of the last `loadGallery`; undefined: at any time. */
  termsOf(subjectId: string): Terms | undefined;
  /** What was measured on this device about how much its scores say. */
  readonly calibrations: Calibrations;
  /** Null where there is no microphone: the device only sees. */
  readonly hearing: HearingPorts | null;
  /** Calls back when a camera appears; never for simulated ones that cannot. */
  watchCamera(appeared: () => void, signal: AbortSignal): void;
  /** Counts boots that did not last. */
  readonly boots: BootCounter;
}

/** What hearing needs from outside. */
export interface HearingPorts {
  readonly microphone: Microphone;
  /** Fresh ears for a microphone that was just opened. */
  newSoundWatch(): SoundWatch;
  /** Loads the models that name voices. Rejects with ModelError or HalError. */
  openVoices(signal: AbortSignal): Promise<OpenVoices>;
  /** Calls back when a microphone appears; never for simulated ones that cannot. */
  watchMicrophone(appeared: () => void, signal: AbortSignal): void;
}

/** Models that name voices, with the people they know. */
export interface OpenVoices {
  readonly namer: VoiceNamer;
  /** Rejects when the models do not give the answer that is known beforehand. */
  selfTest(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The actuator lines under their guard. */
export interface GuardedLines {
  readonly guard: Guard;
  /** Ends the connection to whoever holds the lines, who then makes them safe. */
  close(): Promise<void>;
}

/** Remembers over restarts how many boots in a row did not last. */
export interface BootCounter {
  /** Counts this boot as bad until `good` is called; gives the bad boots in a row before it. */
  begin(): Promise<number>;
  good(): Promise<void>;
}
