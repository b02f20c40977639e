import { fstatSync, type Stats } from 'node:fs';
import type { ConfigFlag } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { CertificateError } from '../credentials/certificate.ts';
import { roles, type Scope } from '../credentials/scopes.ts';
import { Page, PageError, type PageOptions } from '../page/page.ts';
import { isLoopback } from '../page/site.ts';
import { pageCertificate } from '../runtime/page-certificate.ts';
import type { PeopleFolders } from '../runtime/people-folders.ts';
import type { OptionSpec } from './command.ts';
import { printNote } from './output.ts';

/** Options of the commands that serve the page. They set keys of the configuration for this run. */
export const pageOptionSpecs = {
  'no-page': { help: 'do not serve the page' },
  port: { value: 'N', help: 'serve the page on this port; 0: any that is free' },
  view: { help: 'open the page in a browser, where this machine has a screen' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** What `--no-page` and `--port` set in the configuration. */
export function pageFlags(options: Readonly<Record<string, unknown>>): ConfigFlag[] {
  const { port } = options;
  const flags: ConfigFlag[] = [];
  if (options['no-page'] === true) flags.push({ key: 'page.enabled', value: false, flag: '--no-page' });
  if (typeof port === 'string') {
    // What is no number stays a text, so that the configuration says what is wrong with it.
    flags.push({ key: 'page.port', value: /^\d+$/.test(port) ? Number(port) : port, flag: '--port' });
  }
  return flags;
}

/** Whom the page is for. */
export interface PageAudience {
  /**
   * Where users stand; null where there are none, and nobody in it is real: then everybody may look at everything, and
   * play its scene.
   */
  readonly stateDirectory: string | null;
  /** Where the device keeps its journal; null where it keeps none. */
  readonly journalDirectory: string | null;
  /** Null where programs are not answered. */
  readonly api: PageOptions['api'];
  /** Where files of people lie; null where nobody is stored. */
  readonly folders: PeopleFolders | null;
  /** A trace that the configuration keeps in a file. */
  readonly traceFile: string | null;
  /** Whether it is opened in a browser at once. */
  readonly view: boolean;
}

/**
 * Serves the page and says where, or why not: a device goes on without it. Undefined where it is not wanted or
 * cannot be had.
 */
export async function openPage(
  config: VigilConfig['page'],
  { stateDirectory, journalDirectory, api, folders, traceFile, view }: PageAudience,
): Promise<Page | undefined> {
  if (!config.enabled) return undefined;
  const { port, address } = config;
  try {
    const page = await Page.open({
      port,
      address,
      hosts: config.hosts === undefined ? [] : config.hosts.split(',').map((name) => name.trim()),
      tls: tlsOf(config),
      anybody: stateDirectory === null ? [...roles.viewer, 'test'] : scopesOfAnybody(config),
      stateDirectory,
      journalDirectory,
      api,
      folders,
      traceFile,
      onEnded: (error) => printNote(`${error.message}; the device goes on without it`),
    });
    if (api !== null)
      printNote(`programs with a token are answered at ${page.url}api/v1 and ${page.url}metrics`);
    const url = stateDirectory === null ? page.url : (page.urlWithKey ?? page.url);
    if (isKept(process.env['JOURNAL_STREAM'], fstatSync(process.stderr.fd))) {
      printNote(`the page is at ${page.url}; whoever is to do more than look signs in: vigil user add NAME`);
    } else printNote(`the page is at ${url}`);
    if (view) openBrowser(url);
    if (!isLoopback(address) && page.url.startsWith('http:')) {
      printNote(
        'The page is not encrypted: passwords can be read on their way. Set page.tls_cert and page.tls_key.',
      );
    }
    return page;
  } catch (error) {
    if (!(error instanceof PageError || error instanceof CertificateError)) throw error;
    printNote(
      error instanceof PageError && error.portTaken
        ? `no page: something else serves on port ${port}. Another one: --port N, any that is free: --port 0`
        : `no page: ${error.message}`,
    );
    return undefined;
  }
}

/**
 * Whether what is printed is kept by the system's journal, which more people read than may use the page: the key in the
 * address is a secret. JOURNAL_STREAM is device and inode of the journal's stream (systemd.exec(5)); a terminal that was
 * started by systemd has inherited it and is another file.
 */
export function isKept(journalStream: string | undefined, { dev, ino }: Pick<Stats, 'dev' | 'ino'>): boolean {
  return journalStream === `${dev}:${ino}`;
}

/** The address is said already: whoever has no screen here opens it elsewhere. */
function openBrowser(url: string): void {
  const opener = Bun.which('xdg-open');
  const hasScreen = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
  if (opener === null || !hasScreen) {
    printNote('No browser can be opened here: open the address above in one.');
    return;
  }
  Bun.spawn([opener, url], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' }).unref();
}

function tlsOf(config: VigilConfig['page']) {
  const certificate = pageCertificate(config);
  return certificate === undefined ? null : { cert: certificate.cert, key: certificate.key };
}

/** At this machine itself the machines can be watched, without a name or a picture. */
function scopesOfAnybody({ address, kioskWithoutLogin }: VigilConfig['page']): Scope[] {
  return [
    ...(isLoopback(address) ? ['status' as const] : []),
    ...(kioskWithoutLogin ? ['kiosk' as const] : []),
  ];
}
