/** What a space-time diagram shows in a frame of some pixels: few enough shapes, however many events there are. */
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { EventKind } from '../../trace/kinds.ts';
import type { Arrow, Bar, Lane, SpaceTime, Stop } from './model.ts';
import { firstFrom } from './model.ts';

/** Of more arrows than this, only those of the selection are drawn. */
export const ARROWS_MAX = 300;
const BARS_MAX = 200;
const BANDS_MAX = 100;
/** A message that began before the frame may end in it. */
const TRAVEL_MS_MAX = 10_000;

export interface SceneOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
  /** The room for the nodes' names. */
  readonly left: number;
  /** The moment that is now shown: a line from top to bottom; null: there is none. */
  readonly nowMs: number | null;
  readonly selected: NodeName | null;
  /** The event that is chosen, with its message. */
  readonly chosenSeq: number | null;
  readonly hiddenNodes: ReadonlySet<NodeName>;
  readonly hiddenKinds: ReadonlySet<EventKind>;
  /** Whether a stop is searched for; null: nothing is searched for. */
  readonly isFound: ((stop: Stop) => boolean) | null;
}

export interface SceneLane { readonly node: NodeName; readonly y: number; readonly isSelected: boolean }
export interface SceneStretch {
  readonly x1: number; readonly x2: number; readonly y: number; readonly term: number; readonly isDown: boolean;
  readonly isLeader: boolean;
}
export interface SceneArrow {
  readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number; readonly arrow: Arrow;
  readonly tone: 'chosen' | 'usual' | 'faint';
}
export interface SceneDot {
  readonly x: number; readonly y: number; readonly stop: Stop; readonly tone: 'chosen' | 'found' | 'usual';
}
export interface SceneBar {
  readonly x1: number; readonly x2: number; readonly y: number; readonly height: number; readonly bar: Bar;
}
export interface SceneBand {
  readonly x1: number; readonly x2: number; readonly y1: number; readonly y2: number; readonly text: string;
  readonly type: 'partition' | 'down';
}
/** So many events in one pixel of a node's line. */
export interface SceneDensity { readonly x: number; readonly y: number; readonly height: number }
export interface SceneTick { readonly x: number; readonly atMs: number }

export interface Scene {
  readonly options: SceneOptions;
  readonly lanes: readonly SceneLane[];
  readonly bands: readonly SceneBand[];
  readonly stretches: readonly SceneStretch[];
  readonly density: readonly SceneDensity[];
  readonly arrows: readonly SceneArrow[];
  /** How many arrows there are beyond those that are drawn. */
  readonly moreArrows: number;
  readonly dots: readonly SceneDot[];
  readonly bars: readonly SceneBar[];
  readonly ticks: readonly SceneTick[];
  readonly nowX: number | null;
}

const TOP = 26;
const BAR_HEIGHT = 14;
const BAR_ROWS = 3;
const AXIS = 20;
const DENSITY_HEIGHT = 9;
/** Ticks are this far apart at the least, in pixels. */
const TICK_GAP = 90;

/** Lays a part of the diagram out. */
export function layScene(model: SpaceTime, options: SceneOptions): Scene {
  const { fromMs, toMs, width, left } = options;
  const perMs = (width - left) / Math.max(1e-6, toMs - fromMs);
  const xOf = (atMs: number): number => left + (atMs - fromMs) * perMs;
  const shown = [...model.lanes.values()].filter(({ node }) => !options.hiddenNodes.has(node))
    .sort((one, other) => nodeNumberOfName(one.node) - nodeNumberOfName(other.node));
  const room = options.height - TOP - AXIS - BAR_ROWS * (BAR_HEIGHT + 2);
  const gap = shown.length < 2 ? 0 : Math.min(64, room / (shown.length - 0.5));
  const yOf = new Map(shown.map(({ node }, at) => [node, TOP + at * gap] as const));
  const frame: Frame = { model, options, shown, xOf, yOf, gap };
  const { arrows, moreArrows } = arrowsOf(frame);
  const isCrowded = moreArrows > 0;
  return {
    options,
    lanes: shown.map(({ node }) => ({ node, y: yOf.get(node) ?? 0, isSelected: node === options.selected })),
    bands: bandsOf(frame), stretches: shown.flatMap((lane) => stretchesOf(frame, lane)),
    density: isCrowded ? shown.flatMap((lane) => densityOf(frame, lane)) : [],
    arrows, moreArrows, dots: shown.flatMap((lane) => dotsOf(frame, lane)), bars: barsOf(frame),
    ticks: ticksOf(frame),
    nowX: options.nowMs === null || options.nowMs < fromMs || options.nowMs > toMs ? null : xOf(options.nowMs),
  };
}

interface Frame {
  readonly model: SpaceTime;
  readonly options: SceneOptions;
  readonly shown: readonly Lane[];
  readonly xOf: (atMs: number) => number;
  readonly yOf: ReadonlyMap<NodeName, number>;
  readonly gap: number;
}

function stretchesOf({ options, xOf, yOf }: Frame, { node, stretches }: Lane): SceneStretch[] {
  const y = yOf.get(node) ?? 0;
  const from = Math.max(0, firstFrom(stretches, options.fromMs, ({ fromMs }) => fromMs) - 1);
  const found: SceneStretch[] = [];
  for (let at = from; at < stretches.length; at++) {
    const one = stretches[at];
    if (one === undefined || one.fromMs > options.toMs) break;
    const endMs = Math.min(stretches[at + 1]?.fromMs ?? options.nowMs ?? options.toMs, options.toMs);
    const x1 = Math.max(options.left, xOf(one.fromMs));
    const x2 = Math.max(x1, xOf(endMs));
    const last = found.at(-1);
    // Shorter than a pixel: the later one stands for both.
    if (last !== undefined && x2 - last.x1 < 1) found.pop();
    found.push({ x1: last !== undefined && x2 - last.x1 < 1 ? last.x1 : x1, x2, y, ...stateOf(one) });
  }
  return found;
}

const stateOf = ({ term, isDown, isLeader }: Lane['stretches'][number]) => ({ term, isDown, isLeader });

function arrowsOf(frame: Frame): { readonly arrows: SceneArrow[]; readonly moreArrows: number } {
  const { model: { arrows }, options } = frame;
  const inSight: Arrow[] = [];
  const preferred: Arrow[] = [];
  let count = 0;
  for (let at = firstFrom(arrows, options.fromMs - TRAVEL_MS_MAX, ({ sent }) => sent.atMs); at < arrows.length; at++) {
    const arrow = arrows[at];
    if (arrow === undefined || arrow.sent.atMs > options.toMs) break;
    if (!isShown(frame, arrow)) continue;
    count += 1;
    if (count <= ARROWS_MAX) inSight.push(arrow);
    if (isSelected(options, arrow)) preferred.push(arrow);
  }
  const drawn = count <= ARROWS_MAX ? inSight : preferred.slice(-ARROWS_MAX);
  return { arrows: drawn.map((arrow) => placed(frame, arrow)), moreArrows: count - drawn.length };
}

function isShown({ options, yOf }: Frame, { from, to, kind, sent, end }: Arrow): boolean {
  return (end?.atMs ?? options.toMs) >= options.fromMs && sent.atMs <= options.toMs
    && !options.hiddenKinds.has(kind) && yOf.has(from) && yOf.has(to);
}

function isSelected({ selected, chosenSeq }: SceneOptions, { from, to, sent, end }: Arrow): boolean {
  return from === selected || to === selected || (chosenSeq !== null && [sent.seq, end?.seq].includes(chosenSeq));
}

function placed({ options, xOf, yOf }: Frame, arrow: Arrow): SceneArrow {
  const y1 = yOf.get(arrow.from) ?? 0;
  const yTo = yOf.get(arrow.to) ?? 0;
  const isChosen = options.chosenSeq !== null && [arrow.sent.seq, arrow.end?.seq].includes(options.chosenSeq);
  const x1 = xOf(arrow.sent.atMs);
  // What is under way, and what was lost where it was sent, ends between the lines.
  const isCut = arrow.end === null || (arrow.isLost && arrow.end.node === arrow.sent.node);
  const endMs = arrow.end?.atMs ?? options.nowMs ?? options.toMs;
  const x2 = isCut ? Math.min(xOf(endMs), x1 + 24) : xOf(endMs);
  return {
    x1, y1, x2: Math.max(x2, x1 + (isCut ? 6 : 0)), y2: isCut ? y1 + (yTo - y1) * 0.35 : yTo, arrow,
    tone: isChosen ? 'chosen' : arrow.kind === 'heartbeats' ? 'faint' : 'usual',
  };
}

/** At most one mark a pixel and line; a found one goes before others. */
function dotsOf({ options, xOf, yOf }: Frame, { node, stops }: Lane): SceneDot[] {
  const y = yOf.get(node) ?? 0;
  const found: SceneDot[] = [];
  for (let at = firstFrom(stops, options.fromMs, ({ atMs }) => atMs); at < stops.length; at++) {
    const stop = stops[at];
    if (stop === undefined || stop.atMs > options.toMs) break;
    const isChosen = stop.event.seq === options.chosenSeq;
    const isFound = options.isFound?.(stop) ?? false;
    if (stop.arrow !== null && !isChosen && !isFound) continue;
    const x = Math.round(xOf(stop.atMs));
    const tone = isChosen ? 'chosen' : isFound ? 'found' : 'usual';
    const last = found.at(-1);
    if (last?.x === x) {
      if (tone === 'usual' || last.tone === 'chosen') continue;
      found.pop();
    }
    found.push({ x, y, stop, tone });
  }
  return found;
}

function densityOf({ options, xOf, yOf }: Frame, { node, stops }: Lane): SceneDensity[] {
  const y = yOf.get(node) ?? 0;
  const counts = new Map<number, number>();
  for (let at = firstFrom(stops, options.fromMs, ({ atMs }) => atMs); at < stops.length; at++) {
    const stop = stops[at];
    if (stop === undefined || stop.atMs > options.toMs) break;
    const x = Math.round(xOf(stop.atMs));
    counts.set(x, (counts.get(x) ?? 0) + 1);
  }
  const most = Math.max(1, ...counts.values());
  return [...counts].map(([x, count]) => ({ x, y, height: Math.max(1, (count / most) * DENSITY_HEIGHT) }));
}

function barsOf({ model: { bars }, options, xOf, yOf }: Frame): SceneBar[] {
  const room = BAR_ROWS * (BAR_HEIGHT + 2);
  const top = Math.min(options.height - AXIS - room, Math.max(TOP, ...yOf.values()) + TOP);
  const freeFrom = Array.from({ length: BAR_ROWS }, () => -Infinity);
  const found: SceneBar[] = [];
  for (let at = firstFrom(bars, options.fromMs - TRAVEL_MS_MAX, ({ asked }) => asked.atMs); at < bars.length; at++) {
    const bar = bars[at];
    if (bar === undefined || bar.asked.atMs > options.toMs || found.length >= BARS_MAX) break;
    const endMs = bar.toMs ?? options.nowMs ?? options.toMs;
    if (endMs < options.fromMs || !yOf.has(bar.node)) continue;
    const x1 = Math.max(options.left, xOf(bar.asked.atMs));
    const x2 = Math.max(x1 + 3, Math.min(options.width, xOf(endMs)));
    const free = freeFrom.findIndex((x) => x <= x1);
    const row = free === -1 ? found.length % BAR_ROWS : free;
    freeFrom[row] = x2 + 2;
    found.push({ x1, x2, y: top + row * (BAR_HEIGHT + 2), height: BAR_HEIGHT, bar });
  }
  return found;
}

function bandsOf({ model: { bands }, options, xOf, yOf, gap }: Frame): SceneBand[] {
  return bands.filter((band) => band.fromMs <= options.toMs && (band.toMs ?? options.toMs) >= options.fromMs)
    .slice(-BANDS_MAX)
    .flatMap((band) => {
      const ys = band.nodes.flatMap((node) => yOf.get(node) ?? []);
      const half = Math.max(6, Math.min(16, gap / 2 - 1));
      return [...new Set(ys)].map((y, at): SceneBand => ({
        x1: Math.max(options.left, xOf(band.fromMs)),
        x2: Math.min(options.width, xOf(band.toMs ?? options.nowMs ?? options.toMs)),
        y1: y - half, y2: y + half, type: band.type, text: at === 0 ? band.text : '',
      }));
    });
}

const STEPS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
  3_600_000];

function ticksOf({ options: { fromMs, toMs, width, left }, xOf }: Frame): SceneTick[] {
  const least = ((toMs - fromMs) * TICK_GAP) / Math.max(1, width - left);
  const step = STEPS_MS.find((one) => one >= least) ?? 86_400_000;
  const ticks: SceneTick[] = [];
  for (let atMs = Math.ceil(fromMs / step) * step; atMs <= toMs; atMs += step) ticks.push({ x: xOf(atMs), atMs });
  return ticks;
}

/** The stop, arrow or bar at a point of the scene; null where there is none. */
export function hit(scene: Scene, x: number, y: number, reach = 6): SceneArrow | SceneDot | SceneBar | null {
  const dot = scene.dots.find((one) => Math.hypot(one.x - x, one.y - y) <= reach);
  if (dot !== undefined) return dot;
  const bar = scene.bars.find((one) => x >= one.x1 - 1 && x <= one.x2 + 1 && y >= one.y && y <= one.y + one.height);
  if (bar !== undefined) return bar;
  const near = scene.arrows.map((arrow) => ({ arrow, distance: distanceTo(arrow, x, y) }))
    .filter(({ distance }) => distance <= reach).sort((one, other) => one.distance - other.distance)[0];
  return near?.arrow ?? null;
}

function distanceTo({ x1, y1, x2, y2 }: SceneArrow, x: number, y: number): number {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const along = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length ** 2;
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(x1 + part * (x2 - x1) - x, y1 + part * (y2 - y1) - y);
}
