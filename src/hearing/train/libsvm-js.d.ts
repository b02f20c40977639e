/** The package has no types of its own; see its README. */
declare module 'libsvm-js/asm' {
  export default class SVM {
    static readonly SVM_TYPES: { readonly C_SVC: number };
    static readonly KERNEL_TYPES: { readonly RBF: number };
    constructor(options: { type: number; kernel: number; cost: number; gamma: number; quiet: boolean });
    train(samples: number[][], labels: number[]): void;
    predict(samples: number[][]): number[];
    /** Its memory is not collected. */
    free(): void;
  }
}
