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

/** The page: what a browser gets at `/`, and what that names. */
export interface Assets {
  readonly html: string;
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
  const [built, frame, views, style, styles, svg] = await Promise.all([
    Bun.build({ entrypoints: [join(browserFolder, 'main.ts')], target: 'browser', minify: true }),
    Bun.file(join(browserFolder, 'index.html')).text(),
    ofViews('html'),
    Bun.file(join(browserFolder, 'page.css')).text(),
    ofViews('css'),
    Bun.file(join(browserFolder, 'icon.svg')).text(),
  ]);
  const [output] = built.outputs;
  if (output === undefined) throw new Error('the script of the page is empty');
  const files = [
    asset('page', 'js', 'text/javascript; charset=utf-8', await output.text()),
    asset('page', 'css', 'text/css; charset=utf-8', [style, ...styles, chartStyle].join('\n')),
    asset('icon', 'svg', 'image/svg+xml', svg),
  ];
  const sections = viewNames.map(
    (name, index) => `<div id="view-${name}" class="view" hidden>\n${views[index]}</div>`,
  );
  const html = frame.replace('<!-- views -->', sections.join('\n'));
  const named = files.reduce((text, { name, path }) => text.replace(name, path), html);
  return { html: named, files };
}

function asset(name: string, extension: string, type: string, body: string): Asset {
  const path = `/${name}.${Bun.hash(body).toString(16)}.${extension}`;
  return { name: `${name}.${extension}`, path, type, body };
}
