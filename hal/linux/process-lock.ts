import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';

const retryMs = 20;

/**
 * Makes this process the only `role` of `what` (a file, a socket) for as long as it lives. The lock is a socket in
 * Linux's abstract namespace: the kernel lets go of it when the process dies, however it dies. Rejects with HalError
 * `busy` when another process still has it at `untilMs`. Without effect on other systems.
 */
export async function lockFor(role: string, what: string, clock: Clock, untilMs: number): Promise<void> {
  if (process.platform !== 'linux') return;
  const place = join(realpathSync(dirname(resolve(what))), basename(what));
  const hash = new Bun.CryptoHasher('sha256').update(place).digest('hex').slice(0, 32);
  const name = `\0vigil-${role.replaceAll(' ', '-')}-${hash}`;
  for (;;) {
    try {
      Bun.listen({ unix: name, socket: { data() {}, open: (socket) => void socket.end() } }).unref();
      return;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      const said = error instanceof Error ? error.message : String(error);
      if (!taken) throw new HalError('io', what, `could not be locked: ${said}`, { cause: error });
    }
    if (clock.nowMs() >= untilMs) throw new HalError('busy', what, `another ${role} holds it`);
    await clock.sleep(retryMs);
  }
}
