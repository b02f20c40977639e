import type { ConfigFlag } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { Page, PageError, type PageOptions } from '../page/page.ts';
import type { OptionSpec } from './command.ts';
import { printNote } from './output.ts';

/** Options of the commands that serve the page. They set keys of the configuration for this run. */
export const pageOptionSpecs = {
  'no-page': { help: 'do not serve the page' },
  port: { value: 'N', help: 'serve the page on this port; 0: any that is free' },
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

/**
 * Serves the page and says where, or why not: a device goes on without it. Undefined where it is not wanted or
 * cannot be had.
 */
export async function openPage(
  { enabled, port, address }: VigilConfig['page'],
  shown: Pick<PageOptions, 'namesForAll' | 'journalDirectory'>,
): Promise<Page | undefined> {
  if (!enabled) return undefined;
  const onEnded = (error: Error) => printNote(`${error.message}; the device goes on without it`);
  try {
    const page = await Page.open({ port, address, ...shown, onEnded });
    printNote(`the page is at ${shown.namesForAll ? page.url : page.urlWithKey}`);
    return page;
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    printNote(
      error.portTaken
        ? `no page: something else serves on port ${port}. Another one: --port N, any that is free: --port 0`
        : `no page: ${error.message}`,
    );
    return undefined;
  }
}
