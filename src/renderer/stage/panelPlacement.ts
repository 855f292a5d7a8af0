/** Where the link's panel stands on the stage: it covers neither end of its link, as far as there is room. */
import { distance } from './geometry.ts';
import type { Box, Point } from './geometry.ts';
import type { StageLayout } from './layout.ts';

/** The panel's size in rem; its style has the same width, and its rows make up the height. */
const PANEL_REM = { width: 18.5, height: 13.25, heightWithoutDials: 5.5 } as const;
const MARGIN_REM = 0.5;
/** The room of the toolbar at the stage's upper left. */
const TOOLBAR_REM = { width: 42, height: 2.75 } as const;
const STEPS = 24;
/** Covering less goes before standing nearer to the corner. */
const COVERED_WEIGHT = 1000;
/** A covered node is worse than a covered label. */
const NODE_WEIGHT = 1000;

function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** From one end to the other, the ends included. */
function steps(from: number, to: number): number[] {
  return Array.from({ length: STEPS + 1 }, (_, step) => from + ((to - from) * step) / STEPS);
}

/**
 * Of many spots the one that covers least; of those that cover nothing, the nearest to the upper right corner.
 * @param layout the stage
 * @param ranks the nodes that are to stay in sight, as ranks on the ring
 * @param remPx the length of a rem in CSS pixels
 * @param asksForEnds whether it only asks which link it is about
 * @returns the panel's upper left corner
 */
export function placePanel(
  layout: StageLayout, ranks: readonly number[], remPx: number, asksForEnds: boolean,
): Point {
  const width = PANEL_REM.width * remPx;
  const margin = MARGIN_REM * remPx;
  const heightRem = asksForEnds ? PANEL_REM.heightWithoutDials : PANEL_REM.height;
  const height = Math.min(heightRem * remPx, layout.height - 2 * margin);
  const keep = ranks.flatMap((rank) => {
    const place = layout.places[rank];
    if (place === undefined) return [];
    const { x, y, label } = place;
    const reach = layout.outerRadius;
    const disc: Box = { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
    return [{ box: disc, weight: NODE_WEIGHT }, { box: label, weight: 1 }];
  });
  const toolbar = { left: 0, top: 0, right: TOOLBAR_REM.width * remPx, bottom: TOOLBAR_REM.height * remPx };
  keep.push({ box: toolbar, weight: 1 });
  const corner = { x: Math.max(margin, layout.width - width - margin), y: margin };
  const lowest = Math.max(margin, layout.height - height - margin);
  const spots = steps(margin, corner.x).flatMap((x) => steps(margin, lowest).map((y): Point => ({ x, y })));
  const costOf = (spot: Point): number => {
    const panel: Box = { left: spot.x, top: spot.y, right: spot.x + width, bottom: spot.y + height };
    const covered = keep.reduce((sum, { box, weight }) => sum + weight * overlapOf(panel, box), 0);
    return covered * COVERED_WEIGHT + distance(spot, corner);
  };
  return spots.reduce((best, spot) => (costOf(spot) < costOf(best) ? spot : best));
}
