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

/** What a browser gets at `/` and at `/login`, and what that names. */
export interface Assets {
  readonly page: string;
  readonly login: string;
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
  const [script, loginScript, frame, login, views, style, styles, svg] = await Promise.all([
    buildScript('main.ts'),
    buildScript('login.ts'),
    Bun.file(join(browserFolder, 'index.html')).text(),
    Bun.file(join(browserFolder, 'login.html')).text(),
    ofViews('html'),
    Bun.file(join(browserFolder, 'page.css')).text(),
    ofViews('css'),
    Bun.file(join(browserFolder, 'icon.svg')).text(),
  ]);
  const files = [
    asset('page', 'js', 'text/javascript; charset=utf-8', script),
    asset('login', 'js', 'text/javascript; charset=utf-8', loginScript),
    asset('page', 'css', 'text/css; charset=utf-8', [style, ...styles, chartStyle].join('\n')),
    asset('icon', 'svg', 'image/svg+xml', svg),
  ];
  const sections = viewNames.map(
    (name, index) => `<div id="view-${name}" class="view" hidden>\n${views[index]}</div>`,
  );
  const named = (html: string) => files.reduce((text, { name, path }) => text.replace(name, path), html);
  return { page: named(frame.replace('<!-- views -->', sections.join('\n'))), login: named(login), files };
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
