import type { Bars, Cell, LabReport, Provenance, Table } from '../report/document.ts';
import type { Middle } from '../statistics.ts';
import type { MeasuredSpeed } from './measure.ts';

/** From how many processes that wanted to run on the machine was busy with something else. */
const busyLoad = 1;

/** What was measured as a report. `run` says when, by which command and where. */
export function speedReport(
  measured: MeasuredSpeed,
  run: Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'>,
  data: Provenance['data'],
): LabReport {
  const { faces, rounds, peer, load, models } = measured;
  const busy =
    load >= busyLoad
      ? [`The machine was busy with something else (load ${load.toFixed(1)}): times are upper bounds.`]
      : [];
  const alone =
    'absent' in peer
      ? [`@vladmandic/face-api was not measured beside it: ${peer.absent}. With --install-peer it is.`]
      : [];
  return {
    format: 'vigil-lab-report/1',
    experiment: 'speed',
    title: 'How fast it is on this machine',
    question:
      'How long does each step of seeing and hearing take here, and how many frames a second does that leave?',
    summary: {
      method: `The default networks on one thread, each step ${rounds} times over${'absent' in peer ? '' : `, in turns with ${peer.description}`}.`,
      threshold: 'None: how long it takes does not depend on it.',
      amount: `${faces.frames} frames of 640 x 480 with one face, and up to seven seconds of speech of one voice.`,
      mistakes: mistakesOf(measured),
    },
    sections: [
      { title: 'Seeing', blocks: [stageTable(measured), rateTable(measured), stageBars(measured)] },
      { title: 'Hearing', blocks: [voiceTable(measured)] },
      { title: 'Memory', blocks: [memoryTable(measured)] },
      {
        title: 'How to read this',
        blocks: [
          {
            kind: 'text',
            text: 'Each number is a median, with its 95 % interval by order statistics in brackets. A ratio is the median over rounds, in each of which both sides were measured one after the other: it moves less from machine to machine than the times do. The peer does the whole work for every frame; frames of somebody who stays are cheaper here because a face is followed and embedded anew every few of them.',
          },
        ],
      },
    ],
    remarks: [...busy, ...alone],
    figures: [{ ...measured }],
    provenance: { ...run, seed: null, models, data },
  };
}

function mistakesOf({ faces, load }: MeasuredSpeed): string {
  const rate = (1000 / faces.inViewMs.median).toFixed(0);
  const busy = load >= busyLoad ? ', while it was busy with something else' : '';
  return `Nothing is recognised here that could be wrong. ${rate} frames a second hold for this machine${busy}, for one face in view; each further face costs its landmarks and its embedding.`;
}

function timeCell({ median, low, high }: Middle): Cell {
  return { number: median, low, high };
}

function stageTable({ faces }: MeasuredSpeed): Table {
  return {
    kind: 'table',
    caption: 'Each step of a picture with one face, on one thread.',
    columns: [{ label: 'step' }, { label: 'time', unit: 'ms' }],
    rows: faces.stages.map(({ name, ms }) => ({ cells: [name, timeCell(ms)] })),
  };
}

function rateTable({ faces }: MeasuredSpeed): Table {
  const { firstSeenMs, inViewMs, peer } = faces;
  const row = (name: string, { median, low, high }: Middle, ratio: Middle | undefined) => ({
    cells: [
      name,
      timeCell({ median, low, high }),
      { number: 1000 / median, low: 1000 / high, high: 1000 / low },
      ...(peer === null ? [] : [ratio === undefined ? '1' : timeCell(ratio)]),
    ],
  });
  return {
    kind: 'table',
    caption: 'Whole frames, decoded already, from glance to decision.',
    columns: [
      { label: 'frame' },
      { label: 'time', unit: 'ms' },
      { label: 'frame rate', unit: '1/s' },
      ...(peer === null ? [] : [{ label: 'frame rate', unit: 'times the peer’s' }]),
    ],
    rows: [
      row('of somebody who was not there before', firstSeenMs, peer?.firstSeen),
      row('of somebody who stays', inViewMs, peer?.inView),
      ...(peer === null ? [] : [row('the peer: any frame', peer.frameMs, undefined)]),
    ],
  };
}

function stageBars({ faces }: MeasuredSpeed): Bars {
  const steps = faces.stages.filter(({ ofFirstLook }) => ofFirstLook);
  return {
    kind: 'plot',
    form: 'bars',
    id: 'first-look',
    title: 'Where the time of a first look goes',
    x: { label: 'time', unit: 'ms', scale: 'linear' },
    series: [
      {
        name: 'step',
        bars: steps.map(({ name, ms: { median, low, high } }) => ({
          category: name,
          value: median,
          low,
          high,
        })),
      },
    ],
    rules: [],
  };
}

function voiceTable({ voices }: MeasuredSpeed): Table {
  return {
    kind: 'table',
    caption: 'Each step of listening, on one thread.',
    columns: [{ label: 'step' }, { label: 'time', unit: 'ms' }],
    rows: voices.map(({ name, ms }) => ({ cells: [name, timeCell(ms)] })),
  };
}

function memoryTable({ residentMiB: { faces, peer } }: MeasuredSpeed): Table {
  const row = (name: string, mebibytes: number) => ({ cells: [name, { number: mebibytes, digits: 0 }] });
  return {
    kind: 'table',
    caption: 'Resident memory of a process that looks at faces and does nothing else, after some frames.',
    columns: [{ label: 'process' }, { label: 'memory', unit: 'MiB' }],
    rows: [row('the default networks', faces), ...(peer === null ? [] : [row('the peer', peer)])],
  };
}
