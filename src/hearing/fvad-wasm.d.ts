/** The package has no types of its own: what libfvad's C functions are called in WebAssembly. */
declare module '@echogarden/fvad-wasm' {
  export interface FvadModule {
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    _fvad_new(): number;
    _fvad_free(detector: number): void;
    _fvad_reset(detector: number): void;
    /** 0, or -1 for a mode other than 0 to 3. */
    _fvad_set_mode(detector: number, mode: number): number;
    /** 0, or -1 for a rate it does not know. */
    _fvad_set_sample_rate(detector: number, rateHz: number): number;
    /** 1 for speech, 0 for none, -1 for a frame of a wrong length. */
    _fvad_process(detector: number, frame: number, samples: number): number;
  }
  export default function loadFvad(): Promise<FvadModule>;
}
