/** The plane geometry that the stage needs: points, boxes, segments. Lengths are CSS pixels, y grows downwards. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The point at `fraction` of the way from `a` to `b`. */
export function between(a: Point, b: Point, fraction: number): Point {
  return { x: a.x + (b.x - a.x) * fraction, y: a.y + (b.y - a.y) * fraction };
}

export function distanceToSegment(point: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const lengthSquared = dx * dx + dy * dy;
  if (lengthSquared === 0) return distance(point, a);
  const along = ((point.x - a.x) * dx + (point.y - a.y) * dy) / lengthSquared;
  return distance(point, between(a, b, Math.min(1, Math.max(0, along))));
}

/** Twice the signed area of the triangle; positive when `c` lies to the right of a→b on the screen. */
function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/**
 * Where two segments cross, as a fraction of the way from `a` to `b`; null when they do not. An end exactly on the
 * other segment counts as on its right, so that a polyline is crossed once at a corner, not twice.
 */
export function crossingFraction(a: Point, b: Point, c: Point, d: Point): number | null {
  const sideA = turn(c, d, a);
  const sideB = turn(c, d, b);
  const sideC = turn(a, b, c);
  const sideD = turn(a, b, d);
  if (sideA >= 0 === sideB >= 0 || sideC >= 0 === sideD >= 0) return null;
  return sideA / (sideA - sideB);
}

export function boxesOverlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

export function boxInside(inner: Box, outer: Box): boolean {
  const { left, top, right, bottom } = inner;
  return left >= outer.left && top >= outer.top && right <= outer.right && bottom <= outer.bottom;
}

export function circleTouchesBox(centre: Point, radius: number, box: Box): boolean {
  const dx = centre.x - Math.min(box.right, Math.max(box.left, centre.x));
  const dy = centre.y - Math.min(box.bottom, Math.max(box.top, centre.y));
  return dx * dx + dy * dy < radius * radius;
}

/** Whether a segment touches a box (clipped against its four sides in turn, as Liang and Barsky do). */
export function segmentTouchesBox(a: Point, b: Point, box: Box): boolean {
  let enters = 0;
  let leaves = 1;
  const sides = [
    [a.x - b.x, a.x - box.left], [b.x - a.x, box.right - a.x],
    [a.y - b.y, a.y - box.top], [b.y - a.y, box.bottom - a.y],
  ] as const;
  for (const [towards, room] of sides) {
    if (towards === 0) {
      if (room < 0) return false;
    } else if (towards < 0) enters = Math.max(enters, room / towards);
    else leaves = Math.min(leaves, room / towards);
  }
  return enters <= leaves;
}

/** Whether a point lies within a closed polygon (even–odd rule). */
export function insidePolygon(point: Point, polygon: readonly Point[]): boolean {
  let inside = false;
  let previous = polygon.at(-1);
  if (previous === undefined) return false;
  for (const corner of polygon) {
    const straddles = corner.y > point.y !== previous.y > point.y;
    if (straddles) {
      const x = corner.x + ((point.y - corner.y) / (previous.y - corner.y)) * (previous.x - corner.x);
      if (point.x < x) inside = !inside;
    }
    previous = corner;
  }
  return inside;
}
