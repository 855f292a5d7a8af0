/** The link's panel leaves both ends of its link in sight, on every stage that has room for both. */
import { expect, it } from 'vitest';
import type { Box } from '../../../src/renderer/stage/geometry.ts';
import { circleTouchesBox } from '../../../src/renderer/stage/geometry.ts';
import { layoutRing } from '../../../src/renderer/stage/layout.ts';
import { placePanel } from '../../../src/renderer/stage/panelPlacement.ts';

const REM = 16;
/** Stages of the windows 1024 × 700, 1440 × 900, and 1920 × 1080 at 1.5 with and without the inspector. */
const STAGES = [[632, 418, 1, 9], [1040, 540, 1, 9], [1330, 590, 1.5, 5], [1920, 590, 1.5, 9]] as const;

it.each(STAGES)('on a stage of %i × %i at scale %d, up to %i nodes', (width, height, scale, most) => {
  for (const count of [2, 3, 5, 7, 9].filter((nodes) => nodes <= most)) {
    // The toolbar, and the line at the lower edge.
    const layout = layoutRing(count, width, height, scale, [
      { left: 0, top: 0, right: 36 * REM * scale, bottom: 2.75 * REM * scale },
      { left: 0, top: height - 2.25 * REM * scale, right: width, bottom: height },
    ]);
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const { x, y } = placePanel(layout, [a, b], REM * scale, false);
        const size = { width: 18.5 * REM * scale, height: Math.min(13.25 * REM * scale, height - REM * scale) };
        const panel: Box = { left: x, top: y, right: x + size.width, bottom: y + size.height };
        expect(panel.left >= 0 && panel.right <= width && panel.top >= 0 && panel.bottom <= height).toBe(true);
        for (const rank of [a, b]) {
          const node = layout.places[rank] ?? { x: 0, y: 0 };
          expect(circleTouchesBox(node, layout.outerRadius, panel), `${a}–${b} of ${count}: ${rank}`).toBe(false);
        }
      }
    }
  }
});
