import { type DeviceInterface, serveInterface } from '../runtime/interface/serve.ts';
import type { Served } from '../runtime/interface/served.ts';
import { type Invocation, UsageError } from './command.ts';
import { paintFor } from './narrate.ts';
import { printNote } from './output.ts';

/** The port of the device's own interface, 0 for any that is free; undefined where it is not asked for. Throws UsageError. */
export function interfacePort(options: Invocation['options']): number | undefined {
  const { 'interface-port': port } = options;
  if (port === undefined) return options['allow-test-doors'] === true ? 0 : undefined;
  const number = Number(port);
  if (port !== '' && Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new UsageError(`--interface-port must be a number from 0 (any that is free) to 65535, not '${port}'`);
}

/** Serves the interface, and says where, to whom, and what it allows. */
export async function serveDevice(served: Served, port: number): Promise<DeviceInterface> {
  const own = await serveInterface(served, port);
  if (served.testDoors !== null) {
    const { red } = paintFor(process.stderr);
    printNote(
      red(
        'TEST DOORS ARE OPEN: whoever has the token can put people, sound and faults before this device, and choose who is known. Never at a real door.',
      ),
    );
  }
  printNote(`interface: ${own.url}, for whoever has the token in ${own.tokenPath}`);
  return own;
}
