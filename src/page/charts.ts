import { z } from 'zod';
import { machines } from '../../machines/index.ts';

/** The machines that have a chart, the outermost first. */
export const chartNames: readonly string[] = Object.keys(machines);

const drawnSchema = z.union([
  z.strictObject({ name: z.string(), svg: z.string() }),
  z.strictObject({ name: z.null() }),
]);

/** The machines' charts as SVG, drawn when the first one is asked for, that one first, and kept. */
export class Charts {
  readonly #drawn = new Map<string, PromiseWithResolvers<string>>();

  /** Rejects when the drawing failed; the next call tries again. */
  svg(name: string): Promise<string> {
    const known = this.#drawn.get(name);
    if (known !== undefined) return known.promise;
    this.#draw(name);
    return this.#drawn.get(name)?.promise ?? Promise.reject(new Error(`there is no machine '${name}'`));
  }

  #draw(first: string): void {
    for (const name of chartNames) {
      const drawing = Promise.withResolvers<string>();
      drawing.promise.catch(() => undefined); // perhaps nobody asks for this one
      this.#drawn.set(name, drawing);
    }
    const worker = new Worker(new URL('./draw-charts.ts', import.meta.url).href);
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      const drawn = drawnSchema.parse(data);
      if (drawn.name === null) worker.terminate();
      else this.#drawn.get(drawn.name)?.resolve(drawn.svg);
    };
    worker.onerror = ({ message }) => {
      worker.terminate();
      for (const drawing of this.#drawn.values()) drawing.reject(new Error(`no chart: ${message}`));
      this.#drawn.clear();
    };
    worker.postMessage([first, ...chartNames.filter((name) => name !== first)]);
  }
}
