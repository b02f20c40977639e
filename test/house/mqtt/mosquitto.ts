import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const search = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
const program = (name: string) => Bun.which(name, { PATH: search });

/** Undefined where the tests with a real broker can run. */
export const whyNoMosquitto: string | undefined = ['mosquitto', 'mosquitto_passwd', 'openssl']
  .filter((name) => program(name) === null)
  .map((name) => `${name} is not installed`)
  .at(0);

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  readonly folder: string;
  /** PEM: who signed the broker's certificate. */
  readonly caFile: string;
  readonly password: string;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same ports. */
  restart(): Promise<void>;
}

/** Debian's Mosquitto on free ports: one without TLS for anybody, one with TLS for the user `vigil` alone. */
export async function startMosquitto(): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-mosquitto-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const password = 'correct-horse-battery';
  makeCertificates(folder);
  run([program('mosquitto_passwd') ?? '', '-b', '-c', join(folder, 'users'), 'vigil', password]);
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    [
      'per_listener_settings true',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `listener ${tlsPort} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${join(folder, 'users')}`,
      `cafile ${join(folder, 'ca.pem')}`,
      `certfile ${join(folder, 'server.pem')}`,
      `keyfile ${join(folder, 'server.key')}`,
    ].join('\n'),
  );
  let child = await start(folder, port);
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return {
    ...{ port, tlsPort, folder, password, caFile: join(folder, 'ca.pem'), kill },
    async restart() {
      child = await start(folder, port);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

async function start(folder: string, port: number): Promise<Bun.Subprocess> {
  const child = Bun.spawn([program('mosquitto') ?? '', '-c', join(folder, 'mosquitto.conf')], {
    stdout: 'ignore',
    stderr: 'ignore',
  });
  for (let tries = 0; tries < 200; tries++) {
    const connected = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } }).then(
      (socket) => {
        socket.end();
        return true;
      },
      () => false,
    );
    if (connected) return child;
    await Bun.sleep(25);
  }
  throw new Error('mosquitto did not start');
}

function makeCertificates(folder: string): void {
  const at = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const openssl = program('openssl') ?? '';
  run([
    openssl,
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=test CA',
  ]);
  run([
    ...[openssl, 'req', '-x509', ...key, '-keyout', at('server.key'), '-out', at('server.pem')],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=CA:FALSE'],
  ]);
}

function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command);
  if (!success) throw new Error(`${command[0]}: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
