import { createRequire } from 'node:module';
import type SupportVectorMachine from 'libsvm-js/asm';
import KNN from 'ml-knn';
import type { Examples } from './network.ts';

/** What the other two ways answer for each validation example: a class. */
export interface OtherAnswers {
  readonly nearestNeighbours: readonly number[];
  readonly supportVectors: readonly number[];
}

/** How many neighbours vote. */
const neighbours = 5;
/** scikit-learn's default; the kernel's gamma is 1 over the number of features, its default for scaled ones. */
const cost = 1;

/** The five nearest neighbours, and a support vector machine with a Gaussian kernel (LIBSVM), on the same features. */
export function answerOtherwise(training: Examples, validation: Examples): OtherAnswers {
  const learnt = rowsOf(training);
  const tried = rowsOf(validation);
  const classes = [...training.classes];
  const k = Math.min(neighbours, learnt.length);
  return {
    nearestNeighbours: new KNN(learnt, classes, { k }).predict(tried),
    supportVectors: supportVectors(learnt, classes, tried),
  };
}

function supportVectors(learnt: number[][], classes: number[], tried: number[][]): number[] {
  const Machine = loadLibsvm();
  const machine = new Machine({
    type: Machine.SVM_TYPES.C_SVC,
    kernel: Machine.KERNEL_TYPES.RBF,
    cost,
    gamma: 1 / (learnt[0]?.length ?? 1),
    quiet: true,
  });
  try {
    machine.train(learnt, classes);
    return machine.predict(tried);
  } finally {
    machine.free();
  }
}

/**
 * LIBSVM takes anything with a global `self` for a browser and looks for a window, which Bun does not have: it is
 * hidden while the package is read, which happens in one go.
 */
function loadLibsvm(): typeof SupportVectorMachine {
  const self = Object.getOwnPropertyDescriptor(globalThis, 'self');
  Reflect.deleteProperty(globalThis, 'self');
  try {
    return createRequire(import.meta.url)('libsvm-js/asm');
  } finally {
    if (self !== undefined) Object.defineProperty(globalThis, 'self', self);
  }
}

function rowsOf({ vectors }: Examples): number[][] {
  return vectors.map((vector) => [...vector]);
}
