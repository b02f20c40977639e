import { isIP } from 'node:net';
import { Refusal } from './refusal.ts';

/** Where the page is served. */
export interface SiteOptions {
  readonly address: string;
  readonly port: number;
  readonly encrypted: boolean;
  /** Names by which browsers may reach it, besides its address and `localhost`. */
  readonly hosts: readonly string[];
}

const everyAddress: readonly string[] = ['0.0.0.0', '::'];

/** Whether only programs on this machine reach it. */
export function isLoopback(address: string): boolean {
  return address === '127.0.0.1' || address === '::1';
}

/** Tells the page's own requests from those that a foreign website has a browser make. */
export class Site {
  readonly #options: SiteOptions;

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  /** `https://192.168.1.20:4680` */
  get url(): string {
    const { address, port } = this.#options;
    return `${this.#scheme}://${inUrl(address)}${this.#isUsual ? '' : `:${port}`}`;
  }

  /**
   * The `Host` that a browser was given. A website can have its own name lead here (DNS rebinding), and a browser then
   * takes this page for that website's; so names must be known, and addresses cannot lie. Throws Refusal.
   */
  hostOf(request: Request): string {
    const host = request.headers.get('host') ?? '';
    const [, name, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d+))?$/i.exec(host) ?? [];
    const isOurPort = port === undefined ? this.#isUsual : Number(port) === this.#options.port;
    if (name !== undefined && isOurPort && this.#isOurs(name.toLowerCase())) return host;
    throw new Refusal(
      403,
      `the page is at ${this.url}/; other names of it stand in page.hosts of the configuration`,
    );
  }

  /** A browser names the page that makes it change something, or open a socket. Throws Refusal. */
  requireOwnOrigin(request: Request, host: string): void {
    if (request.headers.get('origin') !== `${this.#scheme}://${host}`)
      throw new Refusal(403, 'another page asks');
  }

  /** What belongs to the page is for the page: another one neither shows it nor makes the device work for it. */
  requireOwnSite(request: Request): void {
    const site = request.headers.get('sec-fetch-site') ?? 'none';
    if (site !== 'same-origin' && site !== 'none') throw new Refusal(403, 'another page asks');
  }

  /** Where the page's socket is, for its policy. */
  socketOrigin(host: string): string {
    return `${this.#options.encrypted ? 'wss' : 'ws'}://${host}`;
  }

  get #scheme(): 'http' | 'https' {
    return this.#options.encrypted ? 'https' : 'http';
  }

  /** Browsers leave it out. */
  get #isUsual(): boolean {
    return this.#options.port === (this.#options.encrypted ? 443 : 80);
  }

  #isOurs(name: string): boolean {
    const { address, hosts } = this.#options;
    if (name === 'localhost' || name === inUrl(address) || hosts.includes(name)) return true;
    return everyAddress.includes(address) && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }
}

/** An address as it stands in a URL. */
function inUrl(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
