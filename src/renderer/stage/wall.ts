/**
 * The wall that shows a partition: curves between the groups. A wall is drawn only if it is correct: it crosses every
 * link between two groups and none within a group. Such a wall cannot separate groups that interleave on the ring;
 * their links are marked one by one instead.
 */
import { between, crossingFraction, distance, distanceToSegment } from './geometry.ts';
import type { Point } from './geometry.ts';
import type { StageLayout } from './layout.ts';

/** Points along a wall curve: enough for a smooth line at any size of the stage. */
const SAMPLES = 32;
const SMOOTHING_ROUNDS = 3;

type Curve = readonly Point[];

/** The part of a layout that the geometry needs. */
export type RingShape = Pick<StageLayout, 'places' | 'gaps' | 'outerRadius'>;

/** The group of each rank; -1 for a rank in no group. */
function groupOfRanks(groups: readonly (readonly number[])[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, rank) => groups.findIndex((group) => group.includes(rank)));
}

/** Whether rank lies on the arc that begins after `gapA` and ends at `gapB` (a gap has the rank before it). */
function onArc(rank: number, gapA: number, gapB: number): boolean {
  return gapA < gapB ? rank > gapA && rank <= gapB : rank > gapA || rank <= gapB;
}

/** Whether the chord between two gaps leaves every group whole on one of its sides. */
function separates(groupOf: readonly number[], gapA: number, gapB: number): boolean {
  const sides = new Map<number, boolean>();
  return groupOf.every((group, rank) => {
    const side = onArc(rank, gapA, gapB);
    const known = sides.get(group);
    sides.set(group, side);
    return known === undefined || known === side;
  });
}

/**
 * Gaps that one wall joins: two gaps belong together if the chord between them does not cut through a group. If no
 * groups interleave, this divides the gaps into classes (the partition's Kreweras complement); null if some interleave.
 */
function wallGaps(groupOf: readonly number[]): number[][] | null {
  const count = groupOf.length;
  const classes: number[][] = [];
  const taken = new Set<number>();
  for (let gap = 0; gap < count; gap++) {
    if (taken.has(gap)) continue;
    const together = [gap];
    for (let other = gap + 1; other < count; other++) {
      if (!taken.has(other) && separates(groupOf, gap, other)) together.push(other);
    }
    for (const member of together) taken.add(member);
    classes.push(together);
  }
  const groupCount = new Set(groupOf).size;
  // Only for groups that do not interleave, groups and classes add up to count + 1 (Kreweras 1972).
  if (classes.length !== count + 1 - groupCount) return null;
  return classes.filter((together) => together.length > 1);
}

/** What is on one side of a wall: nodes, and the links that hold a group together. */
interface Side {
  readonly nodes: readonly Point[];
  readonly links: readonly (readonly [Point, Point])[];
}

function sideOf(shape: RingShape, groupOf: readonly number[], ranks: readonly number[]): Side {
  const nodes: Point[] = [];
  const links: [Point, Point][] = [];
  for (const rank of ranks) {
    const node = shape.places[rank];
    if (node === undefined) continue;
    nodes.push(node);
    for (const other of ranks) {
      const peer = shape.places[other];
      if (other > rank && groupOf[rank] === groupOf[other] && peer !== undefined) links.push([node, peer]);
    }
  }
  return { nodes, links };
}

/** A point's least distance from everything on a side; a node counts from its rim. */
function clearance(point: Point, side: Side, outerRadius: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const node of side.nodes) least = Math.min(least, distance(point, node) - outerRadius);
  for (const [a, b] of side.links) least = Math.min(least, distanceToSegment(point, a, b));
  return least;
}

/** How far to move from `base` along `normal` so that both sides are equally far away. */
function middleOffset(base: Point, normal: Point, reach: number, favour: (point: Point) => number): number {
  const at = (offset: number): number => favour({ x: base.x + normal.x * offset, y: base.y + normal.y * offset });
  const steps = 24;
  let best: { low: number; high: number } | null = null;
  for (let step = 0; step < steps; step++) {
    const low = -reach + (2 * reach * step) / steps;
    const high = low + (2 * reach) / steps;
    if (at(low) > 0 === at(high) > 0) continue;
    if (best === null || Math.abs(low + high) < Math.abs(best.low + best.high)) best = { low, high };
  }
  if (best === null) return 0;
  let { low, high } = best;
  const lowIsPositive = at(low) > 0;
  for (let round = 0; round < 20; round++) {
    const middle = (low + high) / 2;
    if (at(middle) > 0 === lowIsPositive) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function smoothed(offsets: readonly number[]): number[] {
  let current = [...offsets];
  for (let round = 0; round < SMOOTHING_ROUNDS; round++) {
    // The two ends are fixed: a wall with a bent end would seem to lead somewhere.
    current = current.map((offset, index) => {
      const before = current[index - 1];
      const after = current[index + 1];
      return before === undefined || after === undefined ? offset : (before + 2 * offset + after) / 4;
    });
  }
  return current;
}

/** The curve from one gap to another that keeps its distance from everything on either side. */
function middleCurve(shape: RingShape, groupOf: readonly number[], gapA: number, gapB: number): Curve {
  const from = shape.gaps[gapA]?.end;
  const to = shape.gaps[gapB]?.end;
  if (from === undefined || to === undefined) return [];
  const ranks = groupOf.map((_, rank) => rank);
  const inner = sideOf(shape, groupOf, ranks.filter((rank) => onArc(rank, gapA, gapB)));
  const outer = sideOf(shape, groupOf, ranks.filter((rank) => !onArc(rank, gapA, gapB)));
  const favour = (point: Point): number =>
    clearance(point, inner, shape.outerRadius) - clearance(point, outer, shape.outerRadius);
  const length = distance(from, to);
  if (length === 0) return [];
  const normal = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const reach = Math.max(length, ...shape.gaps.map((gap) => distance(gap, from)));
  const bases = Array.from({ length: SAMPLES + 1 }, (_, index) => between(from, to, index / SAMPLES));
  const offsets = smoothed(bases.map((base) => middleOffset(base, normal, reach, favour)));
  return bases.map((base, index) => {
    const offset = offsets[index] ?? 0;
    return { x: base.x + normal.x * offset, y: base.y + normal.y * offset };
  });
}

/**
 * The straight way from one gap to another. On the ring itself it separates the groups, whatever the size of the nodes.
 */
function chord(shape: RingShape, gapA: number, gapB: number): Curve {
  const from = shape.gaps[gapA];
  const to = shape.gaps[gapB];
  return from === undefined || to === undefined ? [] : [from.end, from, to, to.end];
}

/** For more than two gaps: arms from their centre, which is in the region between the groups. */
function star(shape: RingShape, gapRanks: readonly number[]): Curve[] {
  const gaps = gapRanks.map((rank) => shape.gaps[rank]).filter((gap) => gap !== undefined);
  const hub = {
    x: gaps.reduce((sum, gap) => sum + gap.x, 0) / gaps.length,
    y: gaps.reduce((sum, gap) => sum + gap.y, 0) / gaps.length,
  };
  return gaps.map((gap) => [hub, { x: gap.x, y: gap.y }, gap.end]);
}

/** Whether curves cross exactly the links between different groups. */
function isTruthful(shape: RingShape, groupOf: readonly number[], curves: readonly Curve[]): boolean {
  return shape.places.every((node, rank) =>
    shape.places.every((peer, other) => {
      if (other <= rank) return true;
      const crossed = wallCrossing(curves, node, peer) !== null;
      return crossed === (groupOf[rank] !== groupOf[other]);
    }));
}

/**
 * The curves of the wall between groups of nodes.
 * @param shape the ring as laid out
 * @param groups the groups as ranks on the ring; every rank in exactly one
 * @returns the curves; empty if there is one group; null if the groups interleave, because no wall would be correct
 */
export function wallBetween(shape: RingShape, groups: readonly (readonly number[])[]): readonly Curve[] | null {
  if (groups.length < 2) return [];
  const groupOf = groupOfRanks(groups, shape.places.length);
  const classes = wallGaps(groupOf);
  if (classes === null) return null;
  const wallsBy = (join: (gapA: number, gapB: number) => Curve): Curve[] => classes.flatMap((gaps): Curve[] => {
    const [first, second] = gaps;
    if (gaps.length > 2 || first === undefined || second === undefined) return star(shape, gaps);
    return [join(first, second)];
  });
  // Between crowded nodes, the smooth curve may find no room; the straight one always does.
  const curved = wallsBy((gapA, gapB) => middleCurve(shape, groupOf, gapA, gapB));
  if (isTruthful(shape, groupOf, curved)) return curved;
  const straight = wallsBy((gapA, gapB) => chord(shape, gapA, gapB));
  return isTruthful(shape, groupOf, straight) ? straight : null;
}

/** Where the way from `from` to `to` first meets a wall, as a fraction of the way; null when it meets none. */
export function wallCrossing(curves: readonly Curve[], from: Point, to: Point): number | null {
  let first: number | null = null;
  for (const curve of curves) {
    for (let index = 1; index < curve.length; index++) {
      const a = curve[index - 1];
      const b = curve[index];
      if (a === undefined || b === undefined) continue;
      const fraction = crossingFraction(from, to, a, b);
      if (fraction !== null && (first === null || fraction < first)) first = fraction;
    }
  }
  return first;
}

/** A smooth SVG path through the points of a curve (Catmull–Rom as cubic Béziers). */
export function smoothPath(curve: Curve): string {
  const [start] = curve;
  if (start === undefined) return '';
  const number = (value: number): string => value.toFixed(1);
  const parts = [`M${number(start.x)} ${number(start.y)}`];
  for (let index = 0; index + 1 < curve.length; index++) {
    const p1 = curve[index];
    const p2 = curve[index + 1];
    if (p1 === undefined || p2 === undefined) break;
    const p0 = curve[index - 1] ?? p1;
    const p3 = curve[index + 2] ?? p2;
    const c1 = { x: p1.x + (p2.x - p0.x) / 6, y: p1.y + (p2.y - p0.y) / 6 };
    const c2 = { x: p2.x - (p3.x - p1.x) / 6, y: p2.y - (p3.y - p1.y) / 6 };
    parts.push(`C${[c1.x, c1.y, c2.x, c2.y, p2.x, p2.y].map(number).join(' ')}`);
  }
  return parts.join('');
}
