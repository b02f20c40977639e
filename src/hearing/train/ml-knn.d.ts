/** The package has no types of its own; see its README. */
declare module 'ml-knn' {
  export default class KNN {
    constructor(samples: number[][], labels: number[], options: { k: number });
    predict(samples: number[][]): number[];
  }
}
