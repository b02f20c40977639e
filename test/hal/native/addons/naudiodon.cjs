// Stands in for naudiodon: two microphones, one of which has 44100 Hz only, and a loudspeaker.
const { EventEmitter } = require('node:events');

const devices = [
  { id: 0, name: 'Loudspeaker', maxInputChannels: 0, defaultSampleRate: 48000 },
  { id: 1, name: 'HD Pro Webcam C920: USB Audio (hw:1,0)', maxInputChannels: 2, defaultSampleRate: 32000 },
  { id: 2, name: 'Old Card', maxInputChannels: 1, defaultSampleRate: 44100 },
];

function AudioIO({ inOptions: { deviceId, sampleRate, channelCount } }) {
  if (deviceId === 2 && sampleRate !== 44100) throw new Error('Could not open stream: Invalid sample rate');
  const recording = new EventEmitter();
  const bytes = (sampleRate / 20) * channelCount * 2;
  recording.start = () => {
    setInterval(() => recording.emit('data', Buffer.alloc(bytes, 1)), 50);
    if (deviceId === 2) setTimeout(() => recording.emit('error', new Error('input overflow')), 120);
  };
  recording.abort = () => {};
  return recording;
}

module.exports = { AudioIO, getDevices: () => devices, SampleFormat16Bit: 16 };
