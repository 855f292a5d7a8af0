import { describe, expect, it } from 'vitest';
import {
  boxInside, boxesOverlap, circleTouchesBox, distance, segmentTouchesBox,
} from '../../../src/renderer/stage/geometry.ts';
import type { Box } from '../../../src/renderer/stage/geometry.ts';
import { layoutRing, ringDirections } from '../../../src/renderer/stage/layout.ts';
import type { StageLayout } from '../../../src/renderer/stage/layout.ts';

/** The toolbar and the folded legend of the smallest window. */
const SMALL: readonly Box[] = [
  { left: 0, top: 0, right: 432, bottom: 44 }, { left: 0, top: 344, right: 96, bottom: 380 },
];

function expectNoOverlap(layout: StageLayout, obstacles: readonly Box[]): void {
  const stage: Box = { left: 0, top: 0, right: layout.width, bottom: layout.height };
  for (const [rank, place] of layout.places.entries()) {
    const reach = layout.outerRadius;
    const extent = { left: place.x - reach, top: place.y - reach, right: place.x + reach, bottom: place.y + reach };
    expect(boxInside(extent, stage), `node ${rank} on the stage`).toBe(true);
    expect(boxInside(place.label, stage), `label ${rank} on the stage`).toBe(true);
    for (const obstacle of obstacles) {
      expect(circleTouchesBox(place, reach, obstacle), `node ${rank} under the tools`).toBe(false);
      expect(boxesOverlap(place.label, obstacle), `label ${rank} under the tools`).toBe(false);
    }
    for (const [other, peer] of layout.places.entries()) {
      expect(circleTouchesBox(peer, reach, place.label), `label ${rank} on node ${other}`).toBe(false);
      if (other <= rank) continue;
      expect(distance(place, peer), `nodes ${rank} and ${other}`).toBeGreaterThan(2 * reach);
      expect(boxesOverlap(place.label, peer.label), `labels ${rank} and ${other}`).toBe(false);
    }
  }
}

describe('the ring', () => {
  it.each(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  )('lays %i nodes out in the smallest window without overlap', (count) => {
    const layout = layoutRing(count, 620, 380, 1, SMALL);
    expect(layout.clean).toBe(true);
    expect(layout.places).toHaveLength(count);
    expectNoOverlap(layout, SMALL);
  });

  it('keeps names and terms legible with 15 nodes in the smallest window', () => {
    const { nodeUnit, labelUnit } = layoutRing(15, 632, 418, 1, [
      { left: 0, top: 0, right: 576, bottom: 44 }, { left: 0, top: 382, right: 632, bottom: 418 },
    ]);
    // A label's text is 11 px at unit 1; a disc smaller than this hides behind its name.
    expect(labelUnit * 11).toBeGreaterThan(10);
    expect(nodeUnit).toBeGreaterThanOrEqual(0.45);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15])('lays %i nodes out on a big stage, and scaled up', (count) => {
    for (const [width, height, scale] of [[1048, 556, 1], [1500, 740, 1], [1500, 740, 1.5]] as const) {
      const layout = layoutRing(count, width, height, scale);
      expect(layout.clean, `${width} × ${height} at ${scale}`).toBe(true);
      expectNoOverlap(layout, []);
    }
  });

  it('gives each node the same place whatever happens: it depends on rank, count and size alone', () => {
    expect(layoutRing(5, 900, 500).places).toEqual(layoutRing(5, 900, 500).places);
  });

  it('goes clockwise from the upper left', () => {
    const { places } = layoutRing(5, 1048, 556);
    const [n1, n2, n3, n4, n5] = places;
    expect(n1 && n2 && n1.x < n2.x && n2.y < n1.y).toBe(true);
    expect(n3 && places.every((place) => place.x <= n3.x)).toBe(true);
    expect(n4 && n5 && n5.x < n4.x && n4.y > n5.y).toBe(true);
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 9])('keeps the labels of %i nodes off the links of neighbours', (count) => {
    const { places } = layoutRing(count, 1048, 596);
    for (const [rank, place] of places.entries()) {
      const next = places[(rank + 1) % count] ?? place;
      for (const { label } of places) expect(segmentTouchesBox(place, next, label)).toBe(false);
    }
  });

  it('grows nodes and text with the window’s scale', () => {
    const plain = layoutRing(3, 1400, 900, 1);
    const large = layoutRing(3, 1400, 900, 1.75);
    expect(large.nodeUnit).toBeGreaterThan(plain.nodeUnit);
    expect(large.labelUnit).toBeGreaterThan(plain.labelUnit);
  });

  it('says less in the labels rather than letting them overlap', () => {
    expect(layoutRing(5, 1048, 556).density).toBe('full');
    expect(layoutRing(9, 620, 380, 1, SMALL).density).not.toBe('full');
  });

  it('answers for a stage that is too small too, and says that it is', () => {
    const layout = layoutRing(15, 240, 160);
    expect(layout.clean).toBe(false);
    expect(layout.places).toHaveLength(15);
  });

  it.each([12, 13, 14, 15])('keeps %i nodes off the toolbar where only labels find no room', (count) => {
    // A simulated lab in the smallest window: its bar of time takes some of the stage's height.
    const obstacles = [
      { left: 0, top: 0, right: 480, bottom: 44 }, { left: 0, top: 287, right: 631, bottom: 323 },
    ];
    const { places, outerRadius } = layoutRing(count, 631, 323, 1, obstacles);
    for (const place of places) {
      for (const obstacle of obstacles) expect(circleTouchesBox(place, outerRadius, obstacle)).toBe(false);
    }
  });

  it('keeps nodes off the very top and bottom, where labels have no room beside them', () => {
    for (const count of [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
      for (const direction of ringDirections(count)) expect(Math.abs(direction.x)).toBeGreaterThan(0.05);
    }
  });
});
