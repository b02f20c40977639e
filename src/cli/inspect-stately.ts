import { StatelyServer } from '../page/stately-server.ts';
import { type Invocation, UsageError } from './command.ts';
import { printNote } from './output.ts';

/** Where the Stately Inspector's own tools look. */
const usualPort = 8080;

/** Serves inspectors and says where; undefined where it is not asked for or the port is taken. Throws UsageError. */
export function inspectStately(options: Invocation['options']): StatelyServer | undefined {
  if (options['inspect-stately'] !== true) return undefined;
  const { 'inspect-port': given = usualPort } = options;
  const port = Number(given);
  if (given === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(
      `--inspect-port must be a number from 0 (any that is free) to 65535, not '${given}'`,
    );
  }
  try {
    const server = new StatelyServer(port);
    printNote(`for inspectors: ${server.url}, with the same address as Origin (http://…)`);
    return server;
  } catch (error) {
    printNote(
      `no inspector: ${error instanceof Error ? error.message : error}. Another port: --inspect-port N`,
    );
    return undefined;
  }
}
