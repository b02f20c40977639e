import type { LinePlot, Section } from './report/document.ts';
import type { Learning, LearningStep } from './voices-figures.ts';

const ways: readonly (readonly [
  way: keyof LearningStep & ('embedding' | 'network' | 'nearestNeighbours' | 'supportVectors'),
  name: string,
])[] = [
  ['embedding', 'open-set embedding'],
  ['network', 'trained network'],
  ['nearestNeighbours', 'five nearest neighbours'],
  ['supportVectors', 'support vector machine'],
];

/** The three classifiers and the embedding in one table, by how much sound was learnt from, and the same as a plot. */
export function learningSection({ seconds, steps }: Learning): Section {
  const plot: LinePlot = {
    kind: 'plot',
    form: 'line',
    id: 'learning-curve',
    title: `Closed-set accuracy by learnt sound, pieces of ${seconds} s`,
    x: { label: 'learnt sound of each speaker', unit: 's', scale: 'linear', from: 0 },
    y: { label: 'closed-set accuracy', scale: 'share', from: 0, to: 1 },
    series: ways.map(([way, name]) => ({
      name,
      points: steps.map(({ learntS, [way]: { count, of, low, high } }) => ({
        x: learntS,
        y: count / of,
        low,
        high,
      })),
    })),
    rules: [],
  };
  return {
    title: 'How much sound has to be learnt',
    blocks: [
      {
        kind: 'table',
        caption: `Closed-set accuracy of pieces of ${seconds} s: who of the speakers it is, if it has to be one. All ways learn the same recordings and are tried with the same pieces.`,
        columns: [
          { label: 'recordings of each speaker' },
          { label: 'their sound', unit: 's' },
          ...ways.map(([, label]) => ({ label })),
        ],
        rows: steps.map((step) => ({
          cells: [`${step.recordings}`, step.learntS.toFixed(0), ...ways.map(([way]) => step[way])],
        })),
      },
      plot,
    ],
  };
}
