/** Draws a picture on a canvas. */
import { fitted } from '../../history/pictures/pen.ts';
import type { Pen, PictureColours, RectStyle, Stroke, TextStyle } from '../../history/pictures/pen.ts';
import { termFill, termInk, termLine } from '../styles/terms.ts';

const FONT = '"Inter Variable", Inter, system-ui, sans-serif';

export class CanvasPen implements Pen {
  readonly #context: CanvasRenderingContext2D;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  line(x1: number, y1: number, x2: number, y2: number, { colour, width, alpha = 1, dash }: Stroke): void {
    const context = this.#context;
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash === undefined ? [] : [dash]);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  }

  rect(x: number, y: number, width: number, height: number, { fill, stroke, dash, alpha = 1 }: RectStyle): void {
    const context = this.#context;
    context.globalAlpha = alpha;
    context.setLineDash(dash === undefined ? [] : [dash]);
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(x, y, Math.max(0, width), height, 3);
    if (fill !== undefined) {
      context.fillStyle = fill;
      context.fill();
    }
    if (stroke !== undefined) {
      context.strokeStyle = stroke;
      context.stroke();
    }
  }

  circle(x: number, y: number, radius: number, fill: string, stroke?: string): void {
    const context = this.#context;
    context.globalAlpha = 1;
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    if (stroke === undefined) return;
    context.lineWidth = 2;
    context.strokeStyle = stroke;
    context.stroke();
  }

  shape(points: readonly (readonly [x: number, y: number])[], fill: string, alpha = 1): void {
    const context = this.#context;
    context.globalAlpha = alpha;
    context.fillStyle = fill;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.fill();
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    const context = this.#context;
    context.globalAlpha = 1;
    context.fillStyle = style.colour;
    context.font = `${style.isBold === true ? '600 ' : ''}${style.size}px ${FONT}`;
    context.textAlign = style.anchor === 'middle' ? 'center' : style.anchor ?? 'start';
    context.textBaseline = 'middle';
    context.fillText(fitted(text, style), x, y);
  }
}

/** The tokens' colours as they apply at an element. */
export function pictureColours(element: Element): PictureColours {
  const style = getComputedStyle(element);
  const resolved = (value: string): string => {
    const property = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
    return property === undefined ? value : style.getPropertyValue(property).trim();
  };
  return {
    background: resolved('var(--bg)'), text: resolved('var(--text)'), text2: resolved('var(--text2)'),
    quiet: resolved('var(--line2)'), accent: resolved('var(--accent)'), bad: resolved('var(--bad)'),
    warn: resolved('var(--warn)'), ok: resolved('var(--ok)'),
    term: (term) => ({
      fill: resolved(termFill(term)), ink: resolved(termInk(term)), line: resolved(termLine(term)),
    }),
  };
}
