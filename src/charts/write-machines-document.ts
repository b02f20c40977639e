import { join } from 'node:path';
import { machines } from '../../machines/index.ts';
import { chartOf } from './chart.ts';
import { machinesDocument } from './document.ts';
import { layoutChart } from './layout.ts';
import { svgOf } from './svg.ts';

const docs = join(import.meta.dir, '../../docs');
await Bun.write(
  join(docs, 'machines.md'),
  machinesDocument(Object.values(machines).map((machine) => chartOf(machine))),
);
// The picture in the README.
const visit = chartOf(machines.visit);
await Bun.write(join(docs, 'visit.svg'), svgOf(visit, await layoutChart(visit)));
