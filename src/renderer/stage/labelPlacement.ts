/** Puts each node's label beside it, where it covers no node, no other label and no obstacle. */
import { boxInside, boxesOverlap, circleTouchesBox, segmentTouchesBox } from './geometry.ts';
import type { Box, Point } from './geometry.ts';

export type LabelSide = 'left' | 'right' | 'above' | 'below';

export interface NodePlace extends Point {
  readonly side: LabelSide;
  readonly anchor: 'start' | 'middle' | 'end';
  /** The label's box, which nothing else may cover. */
  readonly label: Box;
}

/** The part of a label's height that lies above its node's centre line. */
export const LABEL_RISE = 0.42;
/** How far a label above or below moves towards its node: its text is in the middle, where the node is round. */
const TUCK = 6;
/** Room between a label and another node. */
const CLEARANCE = 3;
const ANCHORS = { left: 'end', right: 'start', above: 'middle', below: 'middle' } as const;

export interface LabelRules {
  /** Labels may be above and below everywhere, not only at the ring's top and bottom. */
  readonly anySide: boolean;
  /** No label is on the link of two neighbours, where messages would hide it. */
  readonly offLinks: boolean;
}

export interface LabelRoom {
  readonly width: number;
  readonly height: number;
  /** The distance from a node's centre to its label. */
  readonly reach: number;
  /** A node's radius with its timer. */
  readonly outerRadius: number;
  /** Where labels may be. */
  readonly bounds: Box;
  readonly obstacles: readonly Box[];
}

function labelBox(node: Point, side: LabelSide, room: LabelRoom): Box {
  const { width, height, reach } = room;
  switch (side) {
    case 'right':
    case 'left': {
      const left = side === 'right' ? node.x + reach : node.x - reach - width;
      const top = node.y - height * LABEL_RISE;
      return { left, right: left + width, top, bottom: top + height };
    }
    case 'above':
    case 'below': {
      const top = side === 'below' ? node.y + reach - TUCK : node.y - reach + TUCK - height;
      return { left: node.x - width / 2, right: node.x + width / 2, top, bottom: top + height };
    }
  }
}

/** A node whose direction rises or falls more than this is at the ring's top or bottom. */
const STEEP = 0.9;

/** Sides to try for a node: outwards to the left or right, then, if allowed, above or below. */
function sidesFor(direction: Point, anySide: boolean): readonly [LabelSide, ...LabelSide[]] {
  const aside = direction.x < -0.02 ? 'left' : 'right';
  if (!anySide && Math.abs(direction.y) < STEEP) return [aside];
  return [aside, direction.y <= 0 ? 'above' : 'below'];
}

function placeOn(node: Point, side: LabelSide, room: LabelRoom): NodePlace {
  return { x: node.x, y: node.y, side, anchor: ANCHORS[side], label: labelBox(node, side, room) };
}

/**
 * Places the labels one after another, each on its first free side, with backtracking when a later one finds no room.
 * @param directions each node's direction from the ring's middle
 * @param rules where labels may be
 * @returns the places, or null when there is no room for all
 */
export function placeLabels(
  nodes: readonly Point[],
  directions: readonly Point[],
  room: LabelRoom,
  rules: LabelRules,
): readonly NodePlace[] | null {
  const chosen: NodePlace[] = [];
  const neighbours = nodes.map((node, rank) => [node, nodes[(rank + 1) % nodes.length] ?? node] as const);

  const isFree = (rank: number, box: Box): boolean =>
    boxInside(box, room.bounds)
    && !room.obstacles.some((obstacle) => boxesOverlap(box, obstacle))
    && !nodes.some((node, other) => other !== rank && circleTouchesBox(node, room.outerRadius + CLEARANCE, box))
    && !chosen.some((place) => boxesOverlap(box, place.label))
    && !(rules.offLinks && neighbours.some(([a, b]) => segmentTouchesBox(a, b, box)));

  const placeFrom = (rank: number): boolean => {
    const node = nodes[rank];
    const direction = directions[rank];
    if (node === undefined || direction === undefined) return true;
    for (const side of sidesFor(direction, rules.anySide)) {
      const place = placeOn(node, side, room);
      if (!isFree(rank, place.label)) continue;
      chosen.push(place);
      if (placeFrom(rank + 1)) return true;
      chosen.pop();
    }
    return false;
  };

  return placeFrom(0) ? chosen : null;
}

/** Every label on the side that points outwards, whatever it covers: for a stage that is too small. */
export function placeLabelsRegardless(
  nodes: readonly Point[],
  directions: readonly Point[],
  room: LabelRoom,
): readonly NodePlace[] {
  return nodes.map((node, rank) => placeOn(node, sidesFor(directions[rank] ?? node, true)[0], room));
}
