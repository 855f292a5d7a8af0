/**
 * The layout of the stage: the nodes on their ring and each node's label beside it, without overlap. A node's place
 * depends only on its rank and on the number of nodes, so that it stays in place whatever happens.
 */
import { between, circleTouchesBox, distance } from './geometry.ts';
import type { Box, Point } from './geometry.ts';
import { placeLabels, placeLabelsRegardless } from './labelPlacement.ts';
import type { LabelRoom, LabelRules, NodePlace } from './labelPlacement.ts';

/**
 * How much a label says: `full` term, log and caption on three lines; `compact` two lines; `tiny` two short ones;
 * `bare` one, without the log.
 */
export type LabelDensity = 'full' | 'compact' | 'tiny' | 'bare';

/** The middle of the gap between two neighbours on the ring, and where a wall through it ends outside the ring. */
export interface RingGap extends Point {
  readonly end: Point;
}

export interface StageLayout {
  readonly width: number;
  readonly height: number;
  /** Multiplies every length inside a node, measured at a radius of 34. */
  readonly nodeUnit: number;
  /** Multiplies every length inside a label, measured at a text of 11. */
  readonly labelUnit: number;
  readonly density: LabelDensity;
  /** The radius of a node with its election timer: the node's extent. */
  readonly outerRadius: number;
  readonly places: readonly NodePlace[];
  /** Entry i lies between the nodes of rank i and i + 1 (the last: and 0). */
  readonly gaps: readonly RingGap[];
  /** False when no arrangement without overlap was found: the stage is too small. */
  readonly clean: boolean;
}

export interface LabelMetrics {
  readonly width: number;
  readonly height: number;
  readonly cells: number;
  readonly cell: number;
  readonly cellGap: number;
}

/** Label sizes at unit 1, text of 11 px. The widths hold the longest caption of that density. */
export const LABEL_METRICS: Readonly<Record<LabelDensity, LabelMetrics>> = {
  full: { width: 148, height: 50, cells: 6, cell: 14, cellGap: 3 },
  compact: { width: 112, height: 32, cells: 6, cell: 13.5, cellGap: 2.5 },
  tiny: { width: 70, height: 31, cells: 4, cell: 13, cellGap: 2 },
  bare: { width: 70, height: 16, cells: 0, cell: 13, cellGap: 2 },
};

export const NODE_RADIUS = 34;
/** The timer ring's centre line is 6 beyond the node, its stroke 4 wide. */
export const TIMER_RADIUS = NODE_RADIUS + 6;
/** The offset of each direction from the line, so that a question and its answer do not hide each other. */
export const LANE_OFFSET = 3.5;
const OUTER_RADIUS = NODE_RADIUS + 8;
const LABEL_GAP = 12;
/** The distance of a wall's end from a label. */
const WALL_CLEARANCE = 16;
const EDGE = 10;

/** How far from a node's centre its messages begin and end, on a link of this length. */
export function messageReach(length: number, outerRadius: number): number {
  return Math.min(outerRadius + 3, length / 3);
}

interface Size {
  readonly node: number;
  readonly label: number;
  readonly density: LabelDensity;
}

/** From roomy to tight: the first that fits is used. */
const SIZES: readonly Size[] = [
  { node: 1.7, label: 1.6, density: 'full' },
  { node: 1.5, label: 1.45, density: 'full' },
  { node: 1.3, label: 1.25, density: 'full' },
  { node: 1.15, label: 1.12, density: 'full' },
  { node: 1, label: 1, density: 'full' },
  { node: 0.9, label: 1, density: 'full' },
  { node: 0.82, label: 1, density: 'full' },
  { node: 0.82, label: 1, density: 'compact' },
  { node: 0.74, label: 1, density: 'compact' },
  { node: 0.66, label: 0.95, density: 'compact' },
  { node: 0.74, label: 1, density: 'tiny' },
  { node: 0.66, label: 0.95, density: 'tiny' },
  { node: 0.6, label: 0.95, density: 'tiny' },
  { node: 0.5, label: 0.95, density: 'tiny' },
  { node: 0.6, label: 1, density: 'bare' },
  { node: 0.5, label: 1, density: 'bare' },
  { node: 0.45, label: 0.95, density: 'bare' },
  { node: 0.4, label: 0.9, density: 'bare' },
  { node: 0.36, label: 0.82, density: 'bare' },
];
/** Nodes grow with the stage, up to this at the drawing's size: bigger nodes would leave no room for messages. */
const NODE_UNIT_MOST = 1.1;
const DRAWING = { width: 1048, height: 556 } as const;

/** The least distance of two neighbours, in outer radii: messages need some visible link between them. */
const NEIGHBOUR_DISTANCE: Readonly<Record<LabelDensity, number>> = { full: 3.6, compact: 2.9, tiny: 2.6, bare: 2.6 };

interface Ring {
  /** Half the height, as a fraction of the stage's room. */
  readonly part: number;
  /** Width divided by height. */
  readonly aspect: number;
  /** How far its centre is below the stage's, to make room for the toolbar. */
  readonly drop: number;
}

/** Rings to try: tall and somewhat wider than high is the calmest. */
const RINGS: readonly Ring[] = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6]
  .flatMap((part) => [1.05, 1.2, 1.35, 1.5, 1.65, 1.8, 1.95, 2.1].map((aspect) => ({ part, aspect })))
  .flatMap((ring) => [0, 16].map((drop) => ({ ...ring, drop })))
  .sort((a, b) => ringCost(a) - ringCost(b));

function ringCost(ring: Ring): number {
  return 1 - ring.part + 0.35 * Math.abs(ring.aspect - 1.4) + 0.01 * ring.drop;
}

/**
 * The ring's directions on a unit circle: n1 at the upper left, then clockwise, balanced left and right.
 * @param turned the rotation in places: a half gives the gaps between the nodes
 */
export function ringDirections(count: number, turned = 0): readonly Point[] {
  const step = 360 / count;
  // If possible, no node is exactly at the top or bottom: labels have their room at the sides.
  let firstAngle = -180 + step / 2;
  if (count === 2) firstAngle = -180;
  else if (count === 3) firstAngle = -150;
  else if (count % 4 === 2) firstAngle = -180 + step;
  return Array.from({ length: count }, (_, rank) => {
    const angle = ((firstAngle + (rank + turned) * step) * Math.PI) / 180;
    return { x: Math.cos(angle), y: Math.sin(angle) };
  });
}

/** The offset of the ring's centre from its bounding box's centre, to put three nodes in the stage's centre. */
function imbalance(directions: readonly Point[]): Point {
  const xs = directions.map((point) => point.x);
  const ys = directions.map((point) => point.y);
  return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}

interface RingEllipse {
  readonly count: number;
  readonly middle: Point;
  readonly radiusX: number;
  readonly radiusY: number;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The gaps of a ring; a wall's end keeps its distance from the labels. */
function ringGaps(ring: RingEllipse, places: readonly NodePlace[], room: LabelRoom): readonly RingGap[] {
  const { count, middle, radiusX, radiusY } = ring;
  const { bounds, outerRadius } = room;
  return ringDirections(count, 0.5).map((direction) => {
    const gap = { x: middle.x + direction.x * radiusX, y: middle.y + direction.y * radiusY };
    const farthest = {
      x: clamp(middle.x + direction.x * (radiusX + outerRadius), bounds.left, bounds.right),
      y: clamp(middle.y + direction.y * (radiusY + outerRadius), bounds.top, bounds.bottom),
    };
    const isFree = (point: Point): boolean =>
      !places.some((place) => circleTouchesBox(point, WALL_CLEARANCE, place.label));
    const ends = [1, 0.85, 0.7, 0.55, 0.4, 0.25].map((part) => between(gap, farthest, part));
    return { ...gap, end: ends.find(isFree) ?? between(gap, farthest, 0.1) };
  });
}

function leastDistance(nodes: readonly Point[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [rank, node] of nodes.entries()) {
    for (const other of nodes.slice(rank + 1)) least = Math.min(least, distance(node, other));
  }
  return least;
}

interface Stage {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly obstacles: readonly Box[];
}

function roomFor(stage: Stage, size: Size): LabelRoom {
  const metrics = LABEL_METRICS[size.density];
  const labelUnit = size.label * stage.scale;
  const outerRadius = OUTER_RADIUS * size.node * stage.scale;
  return {
    width: metrics.width * labelUnit,
    height: metrics.height * labelUnit,
    reach: outerRadius + LABEL_GAP * labelUnit,
    outerRadius,
    bounds: { left: EDGE, top: EDGE, right: stage.width - EDGE, bottom: stage.height - EDGE },
    obstacles: stage.obstacles,
  };
}

/** Ways to place labels, the best first. */
const RULES: readonly LabelRules[] = [
  { anySide: false, offLinks: true },
  { anySide: true, offLinks: true },
  { anySide: false, offLinks: false },
  { anySide: true, offLinks: false },
];
/** The greatest cost of a ring that is accepted to keep labels off the links. */
const OFF_LINKS_COST_MOST = 0.3;

/**
 * Tries one ring at one size; null when something would overlap. Without rules, labels may overlap.
 */
function tryRing(stage: Stage, size: Size, ring: Ring, rules: LabelRules | null, mayBlock = false): StageLayout | null {
  const room = roomFor(stage, size);
  const outer = room.outerRadius;
  const drop = ring.drop * stage.scale;
  const y = Math.max(0, (stage.height / 2 - EDGE - outer - drop) * ring.part);
  const x = Math.max(0, Math.min(stage.width / 2 - EDGE - outer, y * ring.aspect));
  const directions = ringDirections(stage.count);
  const shift = imbalance(directions);
  const middle = { x: stage.width / 2 - shift.x * x, y: stage.height / 2 + drop - shift.y * y };
  const nodes = stage.count === 1
    ? [{ x: stage.width / 2, y: stage.height / 2 }]
    : directions.map((direction) => ({ x: middle.x + direction.x * x, y: middle.y + direction.y * y }));
  const isBlocked = nodes.some((node) => stage.obstacles.some((box) => circleTouchesBox(node, outer + 4, box)));
  const isCramped = leastDistance(nodes) < NEIGHBOUR_DISTANCE[size.density] * outer;
  if ((isBlocked || isCramped) && !mayBlock) return null;
  const clean = rules === null ? null : placeLabels(nodes, directions, room, rules);
  if (clean === null && rules !== null) return null;
  const places = clean ?? placeLabelsRegardless(nodes, directions, room);
  return {
    width: stage.width, height: stage.height, nodeUnit: size.node * stage.scale, labelUnit: size.label * stage.scale,
    density: size.density, outerRadius: outer, places, clean: clean !== null,
    gaps: ringGaps({ count: stage.count, middle, radiusX: x, radiusY: y }, places, room),
  };
}

/** The best ring at one size; null when none fits. */
function firstRing(stage: Stage, size: Size, rules: LabelRules): StageLayout | null {
  for (const ring of RINGS) {
    if (rules.offLinks && ringCost(ring) > OFF_LINKS_COST_MOST) return null;
    const layout = tryRing(stage, size, ring, rules);
    if (layout !== null) return layout;
  }
  return null;
}

/**
 * Lays out the ring.
 * @param count how many nodes, 1–15
 * @param width the stage's width in CSS pixels
 * @param height the stage's height in CSS pixels
 * @param scale the window's scale (`--scale`): 1 normally, more for a projector
 * @param obstacles boxes that neither a node nor a label may cover (toolbar, legend)
 */
export function layoutRing(
  count: number,
  width: number,
  height: number,
  scale = 1,
  obstacles: readonly Box[] = [],
): StageLayout {
  const stage: Stage = { count, width, height, scale, obstacles };
  const room = Math.min(width / DRAWING.width, height / DRAWING.height) / scale;
  const sizes = SIZES.filter((size) => size.node <= Math.max(1, NODE_UNIT_MOST * room));
  // A label's place matters more than its size, but less than its content.
  for (const density of ['full', 'compact', 'tiny', 'bare'] as const) {
    for (const rules of RULES) {
      if (rules.offLinks && (density === 'tiny' || density === 'bare')) continue;
      for (const size of sizes.filter((candidate) => candidate.density === density)) {
        const layout = firstRing(stage, size, rules);
        if (layout !== null) return layout;
      }
    }
  }
  return lastResort(stage);
}

/** Labels may overlap; only where even the nodes find no place beside the obstacles, they are covered as well. */
function lastResort(stage: Stage): StageLayout {
  const { count, width, height } = stage;
  const [widest] = RINGS;
  const tightest = SIZES.at(-1);
  if (widest === undefined || tightest === undefined) throw new Error('there are no sizes of the ring');
  for (const ring of RINGS) {
    const layout = tryRing(stage, tightest, ring, null);
    if (layout !== null) return layout;
  }
  const last = tryRing(stage, tightest, widest, null, true);
  if (last === null) throw new Error(`no layout for ${count} nodes on ${width} × ${height}`);
  return last;
}
