import { afterEach, describe, expect, it, vi } from 'vitest';
import { layoutRing } from '../../../src/renderer/stage/layout.ts';
import { movingBox, StagePainter } from '../../../src/renderer/stage/painter.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { stubCanvas } from '../support/canvas.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the canvas', () => {
  const names: readonly NodeName[] = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const layout = layoutRing(names.length, 1048, 556, 1, []);

  it('covers the nodes with their timers, and not the whole stage', () => {
    const box = movingBox(layout);
    for (const { x, y } of layout.places) {
      expect(x - layout.outerRadius).toBeGreaterThanOrEqual(box.left);
      expect(x + layout.outerRadius).toBeLessThanOrEqual(box.right);
      expect(y - layout.outerRadius).toBeGreaterThanOrEqual(box.top);
      expect(y + layout.outerRadius).toBeLessThanOrEqual(box.bottom);
    }
    expect((box.right - box.left) * (box.bottom - box.top)).toBeLessThan(0.7 * 1048 * 556);
  });

  it.each([1, 1.25, 1.5, 1.75, 2])('has whole pixels at a ratio of %d, and its own origin', (ratio) => {
    const drawn = stubCanvas();
    const painter = StagePainter.on(document.createElement('canvas'));
    painter?.setLayout(layout, names, ratio);
    const { left, top, right, bottom } = movingBox(layout);
    expect(Number.isInteger(left * ratio) && Number.isInteger(top * ratio)).toBe(true);
    expect(drawn.surface).toMatchObject({ width: (right - left) * ratio, height: (bottom - top) * ratio });
    expect(drawn.calls).toContainEqual(['setTransform', ratio, 0, 0, ratio, -left * ratio, -top * ratio]);
  });
});
