import { type Browser, chromium, type Page } from 'playwright-core';

const executables = ['chromium', 'chromium-browser', 'google-chrome'];
const executablePath = executables.map((name) => Bun.which(name)).find((path) => path !== null);

/** Why tests in a browser are skipped; undefined where they run. */
export const noBrowser =
  executablePath === undefined ? `none of ${executables.join(', ')} is installed` : undefined;

/** A tab, and everything that went wrong or out in it. */
export interface WatchedTab {
  readonly page: Page;
  /** Errors and warnings of its console, and what was thrown. */
  readonly complaints: readonly string[];
  /** Every address that it asked for anything. */
  readonly requests: readonly string[];
}

/** Starts the browser that is installed here. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** Opens a tab that is watched from before its first request on. */
export async function openTab(
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<WatchedTab> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url()));
  return { page, complaints, requests };
}
