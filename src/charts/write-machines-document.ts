import { join } from 'node:path';
import { machines } from '../../machines/index.ts';
import { chartOf } from './chart.ts';
import { machinesDocument } from './document.ts';

const path = join(import.meta.dir, '../../docs/machines.md');
await Bun.write(path, machinesDocument(Object.values(machines).map((machine) => chartOf(machine))));
