import type { Plot } from '../document.ts';
import { barsSvg } from './bars.ts';
import { histogramSvg } from './histogram.ts';
import { linePlotSvg } from './line.ts';
import { scatterSvg } from './scatter.ts';

/** A plot as an SVG of its own: nothing to load, light by default and dark where the viewer prefers it. */
export function plotSvg(plot: Plot): string {
  switch (plot.form) {
    case 'line':
      return linePlotSvg(plot);
    case 'histogram':
      return histogramSvg(plot);
    case 'scatter':
      return scatterSvg(plot);
    case 'bars':
      return barsSvg(plot);
  }
}
