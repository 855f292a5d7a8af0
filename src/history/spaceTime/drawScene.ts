/** Draws a space-time diagram's scene with a pen. */
import type { Pen, PictureColours } from '../pictures/pen.ts';
import type { Scene, SceneArrow, SceneBand, SceneBar } from './scene.ts';

const SIZE = 11;
const HATCH_GAP = 9;

/** @param timeText a moment in words, for the axis */
export function drawScene(scene: Scene, pen: Pen, colours: PictureColours, timeText: (atMs: number) => string): void {
  const { options } = scene;
  for (const band of scene.bands) drawBand(band, pen, colours);
  for (const { x, atMs } of scene.ticks) {
    pen.line(x, 12, x, options.height - 16, { colour: colours.quiet, width: 1, alpha: 0.35 });
    pen.text(x, options.height - 8, timeText(atMs), { colour: colours.text2, size: SIZE - 1, anchor: 'middle' });
  }
  for (const one of scene.stretches) {
    const colour = one.isDown ? colours.text2 : colours.term(one.term).line;
    pen.line(one.x1, one.y, one.x2, one.y, {
      colour, width: one.isLeader ? 5 : 2.5, ...(one.isDown ? { dash: 3, alpha: 0.6 } : {}),
    });
  }
  for (const { x, y, height } of scene.density) {
    pen.line(x + 0.5, y - height, x + 0.5, y + height, { colour: colours.text2, width: 1, alpha: 0.3 });
  }
  for (const arrow of scene.arrows) drawArrow(arrow, pen, colours);
  for (const { x, y, tone } of scene.dots) {
    if (tone === 'chosen') pen.circle(x, y, 5.5, colours.background, colours.accent);
    else pen.circle(x, y, tone === 'found' ? 5 : 2.5, tone === 'found' ? colours.warn : colours.text);
  }
  for (const bar of scene.bars) drawBar(bar, pen, colours);
  for (const { node, y, isSelected } of scene.lanes) {
    pen.text(options.left - 10, y, node, {
      colour: isSelected ? colours.accent : colours.text, size: SIZE + 1, isBold: true, anchor: 'end',
    });
  }
  if (scene.nowX !== null) {
    pen.line(scene.nowX, 12, scene.nowX, options.height - 16, { colour: colours.text, width: 1.25 });
  }
}

function drawBand({ x1, x2, y1, y2, type, text }: SceneBand, pen: Pen, colours: PictureColours): void {
  const colour = type === 'partition' ? colours.warn : colours.text2;
  pen.rect(x1, y1, x2 - x1, y2 - y1, { fill: colour, alpha: 0.1 });
  // Hatched as well: a fault is not told by its colour alone.
  const height = y2 - y1;
  const gap = Math.max(HATCH_GAP, (x2 - x1) / 200);
  for (let x = x1; x < x2; x += gap) {
    const reach = Math.min(height, x2 - x);
    pen.line(x, y2, x + reach, y2 - reach, { colour, width: 1, alpha: 0.3 });
  }
  if (text !== '') {
    pen.text(x1 + 4, y1 + 5, text, { colour, size: SIZE - 1, widthMax: Math.max(0, x2 - x1 - 8) });
  }
}

function drawArrow({ x1, y1, x2, y2, arrow, tone }: SceneArrow, pen: Pen, colours: PictureColours): void {
  const colour = colours.term(arrow.term).line;
  const alpha = tone === 'faint' ? 0.4 : tone === 'usual' ? 0.8 : 1;
  pen.line(x1, y1, x2, y2, { colour, width: tone === 'chosen' ? 2.5 : 1.1, alpha });
  if (arrow.isLost) {
    for (const turn of [-1, 1]) {
      pen.line(x2 - 4, y2 - 4 * turn, x2 + 4, y2 + 4 * turn, { colour: colours.bad, width: 1.75 });
    }
  } else if (arrow.end !== null) {
    const length = Math.hypot(x2 - x1, y2 - y1);
    if (length < 1) return;
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    const long = tone === 'chosen' ? 11 : 7;
    const [bx, by] = [x2 - ux * long, y2 - uy * long];
    const half = long * 0.38;
    pen.shape([[x2, y2], [bx - uy * half, by + ux * half], [bx + uy * half, by - ux * half]], colour, alpha);
  }
}

function drawBar({ x1, x2, y, height, bar }: SceneBar, pen: Pen, colours: PictureColours): void {
  const colour = bar.outcome === 'ok' ? colours.ok : bar.outcome === null ? colours.text2 : colours.bad;
  const isOpen = bar.outcome === null || bar.outcome === 'unknown';
  pen.rect(x1, y, x2 - x1, height, {
    stroke: colour, ...(isOpen ? { dash: 4 } : { fill: colour, alpha: 0.25 }),
  });
  const room = x2 - x1 - 8;
  const said = bar.outcome === 'unknown' || bar.outcome === 'refused' ? `${bar.text}: ${bar.outcome}` : bar.text;
  if (room > 24) pen.text(x1 + 4, y + height / 2, said, { colour: colours.text, size: SIZE - 1, widthMax: room });
}
