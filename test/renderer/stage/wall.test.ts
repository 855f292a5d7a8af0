import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, distanceToSegment } from '../../../src/renderer/stage/geometry.ts';
import { layoutRing } from '../../../src/renderer/stage/layout.ts';
import { smoothPath, wallBetween, wallCrossing } from '../../../src/renderer/stage/wall.ts';

/** Every way to part `count` ranks into groups. */
function* partitions(count: number, rank = 0, groups: number[][] = []): Generator<number[][]> {
  if (rank === count) {
    yield groups.map((group) => [...group]);
    return;
  }
  for (const group of groups) {
    group.push(rank);
    yield* partitions(count, rank + 1, groups);
    group.pop();
  }
  groups.push([rank]);
  yield* partitions(count, rank + 1, groups);
  groups.pop();
}

/** Whether two groups take turns on the ring: a … b … a … b. */
function interleave(groups: readonly (readonly number[])[]): boolean {
  return groups.some((first, position) => groups.slice(position + 1).some((second) =>
    first.some((a) => first.some((c) => a < c
      && second.some((b) => a < b && b < c) && second.some((d) => d < a || d > c)))));
}

/** Hundreds of layouts, on a machine that may have other things to do. */
const SLOW_MACHINE_MS = 60_000;

describe('the wall', () => {
  it('crosses every link between two groups and none within one, for every partition of up to seven nodes', () => {
    for (let count = 2; count <= 7; count++) {
      const layout = layoutRing(count, 1048, 556);
      for (const groups of partitions(count)) {
        const curves = wallBetween(layout, groups);
        if (interleave(groups)) {
          expect(curves, JSON.stringify(groups)).toBeNull();
          continue;
        }
        expect(curves, JSON.stringify(groups)).not.toBeNull();
        for (const [rank, node] of layout.places.entries()) {
          for (const [other, peer] of layout.places.entries()) {
            if (other <= rank) continue;
            const together = groups.some((group) => group.includes(rank) && group.includes(other));
            const isFree = wallCrossing(curves ?? [], node, peer) === null;
            expect(isFree, JSON.stringify({ groups, rank, other })).toBe(together);
          }
        }
      }
    }
  });

  it('is true in any size of the stage for nine nodes too, or is not drawn', () => {
    const parted = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 9, maxLength: 9 });
    const widths = fc.integer({ min: 500, max: 1800 });
    const heights = fc.integer({ min: 320, max: 1000 });
    fc.assert(fc.property(parted, widths, heights, (colours, width, height) => {
      const layout = layoutRing(9, width, height);
      const groups = [0, 1, 2].map((colour) => colours.flatMap((other, rank) => (other === colour ? [rank] : [])))
        .filter((group) => group.length > 0);
      const curves = wallBetween(layout, groups);
      return interleave(groups) ? curves === null : curves !== null;
    }), { numRuns: 200, seed: 5 });
  }, SLOW_MACHINE_MS);

  it('keeps clear of the nodes when one is cut off from four, and when two are cut off from three', () => {
    const layout = layoutRing(5, 1048, 556);
    for (const groups of [[[0], [1, 2, 3, 4]], [[0, 1], [2, 3, 4]], [[2], [0, 1, 3, 4]], [[3, 4], [0, 1, 2]]]) {
      for (const curve of wallBetween(layout, groups) ?? []) {
        for (const node of layout.places) {
          const distances = curve.slice(1).map((point, index) => distanceToSegment(node, curve[index] ?? point, point));
          expect(Math.min(...distances)).toBeGreaterThan(layout.outerRadius);
        }
      }
    }
  });

  it('is not there while all are together', () => {
    expect(wallBetween(layoutRing(3, 620, 380), [[0, 1, 2]])).toEqual([]);
  });

  it('meets in one point when three groups are parted', () => {
    const curves = wallBetween(layoutRing(6, 1048, 556), [[0, 1], [2, 3], [4, 5]]) ?? [];
    expect(curves).toHaveLength(3);
    const hubs = curves.map((curve) => curve[0]);
    for (const hub of hubs) expect(hub && hubs[0] && distance(hub, hubs[0])).toBe(0);
  });

  it('is drawn as a smooth path through its points', () => {
    expect(smoothPath([{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 20, y: 5 }])).toMatch(/^M0\.0 0\.0C.* 10\.0 0\.0C.* 20\.0 5\.0$/);
    expect(smoothPath([])).toBe('');
  });
});
