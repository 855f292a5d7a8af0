/** What a picture is drawn with: on a canvas in the window, or as the text of an SVG file. */

export interface PictureColours {
  readonly background: string;
  readonly text: string;
  readonly text2: string;
  readonly quiet: string;
  readonly accent: string;
  readonly bad: string;
  readonly warn: string;
  readonly ok: string;
  /** `fill` is for areas with text in `ink` on them, `line` for strokes on the background. */
  readonly term: (term: number) => { readonly fill: string; readonly ink: string; readonly line: string };
}

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly alpha?: number;
  /** The lengths of dash and gap; absent: a whole line. */
  readonly dash?: number;
}

export interface RectStyle {
  readonly fill?: string;
  readonly stroke?: string;
  readonly dash?: number;
  readonly alpha?: number;
}

export interface TextStyle {
  readonly colour: string;
  readonly size: number;
  readonly isBold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** What is longer is cut, with an ellipsis. */
  readonly widthMax?: number;
}

export interface Pen {
  line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): void;
  rect(x: number, y: number, width: number, height: number, style: RectStyle): void;
  circle(x: number, y: number, radius: number, fill: string, stroke?: string): void;
  /** A filled shape through these points. */
  shape(points: readonly (readonly [x: number, y: number])[], fill: string, alpha?: number): void;
  /** `y` is the middle of the letters. */
  text(x: number, y: number, text: string, style: TextStyle): void;
}

/** About how wide a letter of the window's type is, in its size. */
const LETTER_WIDTH = 0.58;

/** A text that is cut so that it fits, where there is no way to measure it. */
export function fitted(text: string, { size, widthMax }: TextStyle): string {
  if (widthMax === undefined) return text;
  const letters = Math.floor(widthMax / (size * LETTER_WIDTH));
  if (text.length <= letters) return text;
  return letters < 2 ? '' : `${text.slice(0, letters - 1)}…`;
}
