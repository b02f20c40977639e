/**
 * Something that was opened and must be closed. `close` is idempotent and never throws; every later call on the
 * device rejects with a HalError of kind `closed`.
 */
export interface Device extends AsyncDisposable {
  readonly name: string;
  close(): Promise<void>;
}
