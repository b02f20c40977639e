import { accessMachine } from './access.ts';
import { challengeMachine } from './challenge.ts';
import { deviceMachine } from './device.ts';
import { doorMachine } from './door.ts';
import { hearingMachine } from './hearing.ts';
import { outputMachine } from './output.ts';
import { outputsMachine } from './outputs.ts';
import { visionMachine } from './vision.ts';
import { visitMachine } from './visit.ts';
import { watchdogMachine } from './watchdog.ts';

/** Every machine by its name, the outermost first. */
export const machines = {
  device: deviceMachine,
  vision: visionMachine,
  visit: visitMachine,
  challenge: challengeMachine,
  hearing: hearingMachine,
  access: accessMachine,
  output: outputMachine,
  outputs: outputsMachine,
  door: doorMachine,
  watchdog: watchdogMachine,
} as const;
