import { join } from 'node:path';
import { chartStyle } from '../charts/svg.ts';
import { viewNames } from './views.ts';

const browserFolder = join(import.meta.dir, 'browser');

/** A file of the page, ready to be sent. */
export interface Asset {
  /** As the page's HTML has it in its source. */
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** What a browser gets at `/`, at `/login` and at `/kiosk`, and what these name. */
export interface Assets {
  readonly page: string;
  readonly login: string;
  readonly kiosk: string;
  readonly files: readonly Asset[];
}

/**
 * Puts the page together: its files bear their hash in their names, so that a browser may keep them and still
 * never mixes two versions. Takes a tenth of a second. Rejects with AggregateError when the script does not build.
 */
export async function buildAssets(): Promise<Assets> {
  const ofViews = (extension: string) =>
    Promise.all(
      viewNames.map((name) => Bun.file(join(browserFolder, 'views', name, `${name}.${extension}`)).text()),
    );
  const read = (file: string) => Bun.file(join(browserFolder, file)).text();
  const [scripts, pages, views, style, styles, kioskStyle, svg] = await Promise.all([
    Promise.all(['main.ts', 'login.ts', 'kiosk/kiosk.ts'].map(buildScript)),
    Promise.all(['index.html', 'login.html', 'kiosk/kiosk.html'].map(read)),
    ofViews('html'),
    read('page.css'),
    ofViews('css'),
    read('kiosk/kiosk.css'),
    read('icon.svg'),
  ]);
  const files = [
    ...['page', 'login', 'kiosk'].map((name, index) =>
      asset(name, 'js', 'text/javascript; charset=utf-8', scripts[index] ?? ''),
    ),
    asset('page', 'css', 'text/css; charset=utf-8', [style, ...styles, chartStyle].join('\n')),
    asset('kiosk', 'css', 'text/css; charset=utf-8', kioskStyle),
    asset('icon', 'svg', 'image/svg+xml', svg),
  ];
  const sections = viewNames.map(
    (name, index) => `<div id="view-${name}" class="view" hidden>\n${views[index]}</div>`,
  );
  const named = (html: string) => files.reduce((text, { name, path }) => text.replace(name, path), html);
  const [frame = '', login = '', kiosk = ''] = pages.map(named);
  return { page: frame.replace('<!-- views -->', sections.join('\n')), login, kiosk, files };
}

async function buildScript(entry: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(browserFolder, entry)],
    target: 'browser',
    minify: true,
  });
  const [output] = outputs;
  if (output === undefined) throw new Error(`${entry}: the script of the page is empty`);
  return await output.text();
}

function asset(name: string, extension: string, type: string, body: string): Asset {
  const path = `/${name}.${Bun.hash(body).toString(16)}.${extension}`;
  return { name: `${name}.${extension}`, path, type, body };
}
