import { kinds, type Task } from '../protocol.ts';
import type { Held, Link } from './link.ts';

/** What is used of naudiodon. */
interface PortAudio {
  getDevices(): readonly PortAudioDevice[];
  readonly SampleFormat16Bit: number;
  AudioIO(options: {
    inOptions: {
      deviceId: number;
      channelCount: number;
      sampleRate: number;
      sampleFormat: number;
      closeOnError: boolean;
    };
  }): Recording;
}

interface PortAudioDevice {
  readonly id: number;
  readonly name: string;
  readonly maxInputChannels: number;
  readonly defaultSampleRate: number;
}

interface Recording {
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  abort(ended: () => void): void;
}

type MicrophoneTask = Extract<Task, { device: 'microphone' }>;

export function runMicrophone(task: MicrophoneTask, link: Link): Held {
  const portAudio = link.addon('naudiodon') as PortAudio; // it has no types
  const devices = portAudio.getDevices().filter(({ maxInputChannels }) => maxInputChannels > 0);
  const device = devices.find(({ name }) => name.includes(task.named));
  if (device === undefined) {
    const there = devices.map(({ name }) => `'${name}'`).join(', ') || 'none';
    const message = `PortAudio has no such microphone; it has: ${there}`;
    return link.fail({ kind: 'not-found', of: 'device', message });
  }
  const channels = Math.min(task.channels, device.maxInputChannels);
  const { recording, sampleRateHz } = opened(portAudio, device, channels, task.sampleRateHz, link);
  recording.on('data', (bytes) => link.send(bytes));
  recording.on('error', ({ message }) => {
    if (/overflow/i.test(message)) link.tell(kinds.lost);
    else link.fail({ kind: 'disconnected', of: 'device', message });
  });
  recording.on('close', () => link.fail({ kind: 'disconnected', of: 'device', message: 'the sound ended' }));
  recording.start();
  link.ready({ sampleRateHz, channels });
  return { letGo: () => {} };
}

/** At the rate that is wished for, else at the device's own. */
function opened(
  portAudio: PortAudio,
  device: PortAudioDevice,
  channelCount: number,
  wishHz: number,
  link: Link,
): { recording: Recording; sampleRateHz: number } {
  let failure = '';
  for (const sampleRateHz of [wishHz, device.defaultSampleRate]) {
    try {
      const recording = portAudio.AudioIO({
        inOptions: {
          ...{ deviceId: device.id, channelCount, sampleRate: sampleRateHz },
          ...{ sampleFormat: portAudio.SampleFormat16Bit, closeOnError: false },
        },
      });
      return { recording, sampleRateHz };
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
  }
  const kind = /unavailable|busy/i.test(failure) ? 'busy' : 'io';
  return link.fail({ kind, of: 'device', message: `PortAudio cannot open it: ${failure}` });
}
