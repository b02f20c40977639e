import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { HalError } from '../contract/errors.ts';
import type { Connection, Keeper, Peer, Refusal } from './keeper.ts';

/** A listening Unix socket whose connections are the keeper's clients. */
export interface KeeperSocket {
  /** Closes the socket, its connections, and removes its file. */
  stop(): void;
}

/**
 * Listens at `path` for clients of `keeper`; only this user may connect. A file that a killed keeper left behind
 * is replaced. Rejects with HalError `busy` when another keeper listens there.
 */
export async function listen(path: string, keeper: Keeper): Promise<KeeperSocket> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return bind(path, keeper);
  } catch (error) {
    if (!isAddressInUse(error)) throw socketError(path, error);
  }
  if (await answers(path)) throw new HalError('busy', path, 'another line keeper listens here');
  rmSync(path, { force: true });
  try {
    return bind(path, keeper);
  } catch (error) {
    throw socketError(path, error);
  }
}

function bind(path: string, keeper: Keeper): KeeperSocket {
  const listener = Bun.listen<{ connection: Connection | Refusal | undefined }>({
    unix: path,
    data: { connection: undefined },
    socket: {
      open(socket) {
        const peer: Peer = {
          send: (text) => socket.write(text) === Buffer.byteLength(text),
          end: () => void socket.end(),
        };
        socket.data = { connection: keeper.connected(peer) };
      },
      data(socket, chunk) {
        socket.data.connection?.receive(chunk);
      },
      close(socket) {
        socket.data.connection?.ended();
      },
      end(socket) {
        socket.data.connection?.ended();
      },
      error(socket) {
        socket.data.connection?.ended();
      },
    },
  });
  chmodSync(path, 0o600);
  return { stop: () => listener.stop(true) };
}

/** Whether somebody accepts connections at `path`. */
async function answers(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function socketError(path: string, error: unknown): HalError {
  const said = error instanceof Error ? error.message : String(error);
  const denied =
    error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
  return new HalError(denied ? 'permission' : 'io', path, said, { cause: error });
}
