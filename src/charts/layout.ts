import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import {
  type Arrow,
  arrowsOf,
  type ChartState,
  type ChartTransition,
  markOf,
  nameText,
  statesOf,
  transitionText,
  triggerText,
} from './chart.ts';
import { textWidthPx, wrapText } from './text.ts';

/** Sizes of the drawing in px. */
export const drawing = {
  namePx: 14,
  nameLinePx: 20,
  smallPx: 11,
  smallLinePx: 15,
  labelPx: 11,
  labelLinePx: 15,
  paddingPx: 12,
  tagGapPx: 6,
  dotPx: 10,
  marginPx: 16,
} as const;

/** Descriptions are broken at this width; the outer boxes have more room. */
const leafTextPx = 190;
const outerTextPx = 340;

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedState extends Rectangle {
  readonly state: ChartState;
  /** 0 for the machine itself. */
  readonly depth: number;
  readonly lines: readonly StateLine[];
}

/** A small line under the state's name. */
export interface StateLine {
  readonly kind: 'description' | 'invoke' | 'entry' | 'handles';
  readonly text: string;
}

export interface PlacedArrow {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly labels: readonly (Rectangle & { readonly text: string; readonly transition: ChartTransition })[];
}

/** Where everything stands, in px from the top left. */
export interface ChartLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly states: readonly PlacedState[];
  readonly arrows: readonly PlacedArrow[];
  /** The dots from which the first state of a group is entered, and their arrows. */
  readonly initials: readonly {
    readonly dot: Rectangle;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

const layoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.randomSeed': '1',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '5',
  'elk.spacing.labelLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
};

/** Places a chart's states, arrows and labels. The same chart gives the same places. */
export async function layoutChart(chart: ChartState): Promise<ChartLayout> {
  const arrows = arrowsOf(chart);
  const root = nodeOf(chart);
  const graph: ElkNode = {
    id: 'drawing',
    layoutOptions: { ...layoutOptions, 'elk.padding': paddingOf(drawing.marginPx) },
    children: [root],
    edges: [...arrows.map(edgeOf), ...[...statesOf(chart)].flatMap(initialEdgeOf)],
  };
  const placed = await quietly(() => new ELK().layout(graph));
  const shapes = new Map<string, ElkNode>();
  collect(placed, shapes);
  const edges = new Map((placed.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    widthPx: Math.ceil(placed.width ?? 0),
    heightPx: Math.ceil(placed.height ?? 0),
    states: [...statesOf(chart)].map((state) => ({
      ...rectangleOf(shapes.get(stateId(state.path))),
      state,
      depth: state.path === '' ? 0 : state.path.split('.').length,
      lines: linesOf(state),
    })),
    arrows: arrows.map((arrow) => {
      const edge = edges.get(arrowId(arrow));
      return {
        from: arrow.from,
        to: arrow.to,
        points: pointsOf(edge),
        labels: arrow.transitions.map((transition, i) => ({
          ...rectangleOf(edge?.labels?.[i]),
          text: transitionText(transition),
          transition,
        })),
      };
    }),
    initials: [...statesOf(chart)].flatMap((state) =>
      state.initial === null
        ? []
        : [
            {
              dot: rectangleOf(shapes.get(dotId(state.path))),
              points: pointsOf(edges.get(`${dotId(state.path)}→`)),
            },
          ],
    ),
  };
}

/** What a box says under its name. */
function linesOf(state: ChartState): StateLine[] {
  const maxPx = state.states.length > 0 ? outerTextPx : leafTextPx;
  const lines = (kind: StateLine['kind'], text: string): StateLine[] =>
    wrapText(text, drawing.smallPx, maxPx).map((line) => ({ kind, text: line }));
  const handled = new Set(
    state.transitions
      .filter(({ targets }) => targets.length === 0)
      .map((transition) => markOf(transition) + (triggerText(transition.trigger) || 'always')),
  );
  return [
    ...(state.description === null ? [] : lines('description', state.description)),
    ...state.invokes.flatMap(({ src }) => lines('invoke', `runs ${src}`)),
    ...(state.entry.length === 0 ? [] : lines('entry', `entry: ${state.entry.join(', ')}`)),
    ...(handled.size === 0 ? [] : lines('handles', `handles ${[...handled].join(', ')}`)),
  ];
}

/** The pills beside the name. */
export function tagWidthPx(tag: string): number {
  return textWidthPx(tag, drawing.smallPx) + 12;
}

function headerOf(state: ChartState): { widthPx: number; heightPx: number } {
  const { namePx, nameLinePx, smallPx, smallLinePx, paddingPx, tagGapPx } = drawing;
  const tagsPx = state.tags.reduce((sum, tag) => sum + tagGapPx + tagWidthPx(tag), 0);
  const lines = linesOf(state);
  const textPx = Math.max(
    textWidthPx(nameText(state), namePx, true) + tagsPx,
    ...lines.map(({ text }) => textWidthPx(text, smallPx)),
  );
  return {
    widthPx: Math.max(70, textPx + 2 * paddingPx),
    heightPx: 2 * paddingPx - 6 + nameLinePx + lines.length * smallLinePx,
  };
}

function nodeOf(state: ChartState): ElkNode {
  const { widthPx, heightPx } = headerOf(state);
  const node = { id: stateId(state.path), width: widthPx, height: heightPx };
  if (state.states.length === 0) return node;
  const children = state.states.map(nodeOf);
  if (state.initial !== null) {
    children.unshift({
      id: dotId(state.path),
      width: drawing.dotPx,
      height: drawing.dotPx,
      layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
    });
  }
  return {
    ...node,
    children,
    layoutOptions: {
      ...layoutOptions,
      'elk.padding': `[top=${heightPx + 8},left=18,bottom=18,right=18]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${widthPx},${heightPx})`,
    },
  };
}

function edgeOf(arrow: Arrow): ElkExtendedEdge {
  return {
    id: arrowId(arrow),
    sources: [stateId(arrow.from)],
    targets: [stateId(arrow.to)],
    labels: arrow.transitions.map((transition) => ({
      text: transitionText(transition),
      width: textWidthPx(transitionText(transition), drawing.labelPx) + 6,
      height: drawing.labelLinePx,
      layoutOptions: { 'elk.edgeLabels.placement': 'CENTER', 'elk.edgeLabels.inline': 'false' },
    })),
  };
}

function initialEdgeOf(state: ChartState): ElkExtendedEdge[] {
  if (state.initial === null) return [];
  const dot = dotId(state.path);
  return [{ id: `${dot}→`, sources: [dot], targets: [stateId(state.initial)] }];
}

function stateId(path: string): string {
  return `state ${path}`;
}

function dotId(path: string): string {
  return `dot ${path}`;
}

function arrowId({ from, to }: Arrow): string {
  return `${from} → ${to}`;
}

function paddingOf(px: number): string {
  return `[top=${px},left=${px},bottom=${px},right=${px}]`;
}

function collect(node: ElkNode, shapes: Map<string, ElkNode>): void {
  shapes.set(node.id, node);
  for (const child of node.children ?? []) collect(child, shapes);
}

function rectangleOf(
  shape: { x?: number; y?: number; width?: number; height?: number } | undefined,
): Rectangle {
  return {
    x: tenth(shape?.x ?? 0),
    y: tenth(shape?.y ?? 0),
    width: tenth(shape?.width ?? 0),
    height: tenth(shape?.height ?? 0),
  };
}

function pointsOf(edge: ElkExtendedEdge | undefined): { x: number; y: number }[] {
  const section = edge?.sections?.[0];
  if (section === undefined) return [];
  return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({
    x: tenth(x),
    y: tenth(y),
  }));
}

function tenth(px: number): number {
  return Math.round(px * 10) / 10;
}

/**
 * elkjs takes this thread for a Worker of its own and listens for messages to it: the process would not end any more,
 * and every turn of its loop would take longer. What listened before listens again afterwards.
 */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const before = globalThis.onmessage;
  try {
    return await work();
  } finally {
    globalThis.onmessage = before;
  }
}
