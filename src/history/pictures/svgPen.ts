/** Draws into the text of an SVG file. */
import { fitted } from './pen.ts';
import type { Pen, RectStyle, Stroke, TextStyle } from './pen.ts';

const FONT = 'Inter, system-ui, sans-serif';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as it may stand in XML: nothing in it is markup, and no character is one that XML forbids. */
function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters that XML 1.0 forbids
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd').toWellFormed()
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}

const number = (value: number): string => String(Math.round(value * 100) / 100);

type Attributes = Readonly<Record<string, string | number | undefined>>;

export class SvgPen implements Pen {
  readonly #parts: string[] = [];

  line(x1: number, y1: number, x2: number, y2: number, { colour, width, alpha, dash }: Stroke): void {
    this.#add('line', {
      x1, y1, x2, y2, 'stroke': colour, 'stroke-width': width, 'stroke-opacity': alpha, 'stroke-dasharray': dash,
    });
  }

  rect(x: number, y: number, width: number, height: number, { fill, stroke, dash, alpha }: RectStyle): void {
    this.#add('rect', {
      x, y, width: Math.max(0, width), height, 'rx': 3, 'fill': fill ?? 'none', stroke, 'stroke-dasharray': dash,
      'opacity': alpha,
    });
  }

  circle(x: number, y: number, radius: number, fill: string, stroke?: string): void {
    const width = stroke === undefined ? undefined : 2;
    this.#add('circle', { cx: x, cy: y, r: radius, fill, stroke, 'stroke-width': width });
  }

  shape(points: readonly (readonly [x: number, y: number])[], fill: string, alpha?: number): void {
    const text = points.map(([x, y]) => `${number(x)},${number(y)}`).join(' ');
    this.#add('polygon', { 'points': text, fill, 'fill-opacity': alpha });
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    this.#add('text', {
      x, y, 'fill': style.colour, 'font-size': style.size, 'font-weight': style.isBold === true ? 600 : undefined,
      'text-anchor': style.anchor, 'dominant-baseline': 'central',
    }, fitted(text, style));
  }

  /** The whole file. */
  finish(width: number, height: number, background: string, title: string): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" `
      + `viewBox="0 0 ${number(width)} ${number(height)}" font-family="${FONT}" role="img">\n`
      + `<title>${escaped(title)}</title>\n<rect width="100%" height="100%" fill="${escaped(background)}"/>\n`
      + `${this.#parts.join('\n')}\n</svg>\n`;
  }

  #add(name: string, attributes: Attributes, content?: string): void {
    const given = Object.entries(attributes).flatMap(([key, value]) => {
      if (value === undefined) return [];
      return [` ${key}="${typeof value === 'number' ? number(value) : escaped(value)}"`];
    }).join('');
    this.#parts.push(content === undefined ? `<${name}${given}/>` : `<${name}${given}>${escaped(content)}</${name}>`);
  }
}
