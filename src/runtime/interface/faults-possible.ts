import type { Fault, FaultKind, SimulatedPort } from '../../../hal/sim/faults.ts';
import type { SimulatedParts } from '../live-device.ts';

/** Faults of simulated parts, by the part that must be one. */
const faultsOf = {
  camera: ['camera-stalled', 'camera-frozen', 'camera-black', 'camera-garbled', 'camera-slow'],
  microphone: [
    'microphone-stalled',
    'microphone-zeros',
    'microphone-stuck',
    'microphone-clipped',
    'microphone-overrun',
  ],
  oracle: [
    'models-hang',
    'models-slow',
    'models-blind',
    'models-phantom',
    'models-mistaken',
    'models-nan',
    'voice-models-hang',
    'voice-models-slow',
    'voice-models-deaf',
    'voice-models-mistaken',
    'voice-models-nan',
  ],
  green: ['keeper-gone', 'keeper-client-silent'],
  // A test has a time of day of its own, sensors of its own, and a disk in memory, which counts its boots.
  always: [
    'store-full',
    'store-read-only',
    'store-slow',
    'wall-clock-jump',
    'wall-clock-untrusted',
    'board-hot',
    'board-memory-low',
  ],
} as const satisfies Record<string, readonly FaultKind[]>;

/** Why a fault cannot be put into a device of these parts; undefined when it can. */
export function whyNotBroken(
  fault: Fault,
  models: 'oracle' | 'real',
  { camera, microphone, green, red }: SimulatedParts,
): string | undefined {
  const simulatedLines = [...(green ? ['green'] : []), ...(red === true ? ['red'] : [])];
  const ports: SimulatedPort[] = ['models', 'voice-models', 'store', 'board'];
  if (camera) ports.push('camera');
  if (microphone) ports.push('microphone');
  if (green) ports.push('keeper');
  if (simulatedLines.length > 0) ports.push('output');
  if (fault.fault === 'error') {
    if (ports.includes(fault.port)) return undefined;
    return `the fault error of ${fault.port} cannot be put into it; ports that can be struck: ${ports.join(', ')}`;
  }
  if (fault.fault === 'line-stuck') {
    if (fault.line === undefined ? simulatedLines.length > 0 : simulatedLines.includes(fault.line)) {
      return undefined;
    }
    return `its line ${fault.line ?? 'green'} is a real one, which no fault can be put into`;
  }
  const kinds: FaultKind[] = [
    ...faultsOf.always,
    ...(camera ? faultsOf.camera : []),
    ...(microphone ? faultsOf.microphone : []),
    ...(models === 'oracle' ? faultsOf.oracle : []),
    ...(green ? faultsOf.green : []),
  ];
  if (kinds.includes(fault.fault)) return undefined;
  return `the fault ${fault.fault} cannot be put into it; allowed: error, line-stuck, ${kinds.join(', ')}`;
}
