/** Why a command was told to stop. The reason of the abort signal; its exit code is the shell's convention. */
class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** After the first signal a command has time to close what it opened; a second SIGINT ends the process at once. */
const secondInterruptExitCode = 130;

/**
 * Turns SIGINT, SIGTERM and the end of whoever reads standard output into one abort signal. `exitCode` gives the
 * code for an error that is such an interruption, undefined for any other error.
 */
export function listenForSignals(): { signal: AbortSignal; exitCode(error: unknown): number | undefined } {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(secondInterruptExitCode);
    controller.abort(new Interruption('interrupted', 130));
  });
  process.on('SIGTERM', () => controller.abort(new Interruption('told to end', 143)));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      // `vigil ... | head -1`: nobody reads any more, which is no failure.
      controller.abort(new Interruption('nobody reads the output', 0));
    });
  }
  return {
    signal: controller.signal,
    exitCode: (error) => {
      const reason: unknown = controller.signal.reason;
      if (!(reason instanceof Interruption)) return undefined;
      // What waits on the platform's own calls may reject with their AbortError instead of the reason.
      const isAbort = error === reason || (error instanceof Error && error.name === 'AbortError');
      return isAbort ? reason.exitCode : undefined;
    },
  };
}
