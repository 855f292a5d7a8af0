/**
 * Paints what moves on the stage onto a canvas: the messages in flight and the draining election timers.
 *
 * The canvas is an OffscreenCanvas that is drawn from the page's own thread. Its frames go straight to the compositor;
 * those of an ordinary canvas are copied twice on the way where there is no graphics card (decision 0080).
 */
import type { NodeName } from '../../trace/names.ts';
import { NODE_NUMBER_MAX, nodeNumberOfName } from '../../trace/names.ts';
import { TIMER_LOW } from './electionTimer.ts';
import { flightAlpha, flightFraction } from './flights.ts';
import type { Flight, FlightDeck, Glyph } from './flights.ts';
import type { Box, Point } from './geometry.ts';
import { LANE_OFFSET, messageReach, TIMER_RADIUS } from './layout.ts';
import type { StageLayout } from './layout.ts';
import { coloursOfTerm } from './stageColours.ts';
import type { StageColours } from './stageColours.ts';

const SLOTS = NODE_NUMBER_MAX + 1;
/** Without motion, a message is one mark at this fraction of its way. */
const STILL_FRACTION = 0.36;
/** More pixels than this for each CSS pixel cost time and cannot be seen. */
const PIXEL_RATIO_MAX = 2;
/** The box's edges are multiples of this, which are whole pixels of the screen at every ratio that is a quarter. */
const BOX_STEP = 4;

/**
 * What the canvas covers: the nodes with their timers, and so the links between them. The screen is composed anew over
 * the whole of a canvas that was drawn on, whatever was drawn.
 */
export function movingBox({ places, outerRadius, width, height }: StageLayout): Box {
  const xs = places.map((place) => place.x);
  const ys = places.map((place) => place.y);
  const down = (value: number): number => Math.max(0, Math.floor((value - outerRadius) / BOX_STEP) * BOX_STEP);
  const up = (value: number, most: number): number =>
    Math.min(most, Math.ceil((value + outerRadius) / BOX_STEP) * BOX_STEP);
  return {
    left: down(Math.min(...xs)),
    top: down(Math.min(...ys)),
    right: up(Math.max(...xs), width),
    bottom: up(Math.max(...ys), height),
  };
}

/** The path of messages from one node to another, computed once for each layout. */
interface Way {
  x: number;
  y: number;
  dx: number;
  dy: number;
}

export class StagePainter {
  readonly #surface: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #ways: Way[] = Array.from({ length: SLOTS * SLOTS }, () => ({ x: 0, y: 0, dx: 0, dy: 0 }));
  readonly #places: (Point | null)[] = Array.from({ length: SLOTS }, () => null);
  #colours: StageColours | null = null;
  #box: Box = { left: 0, top: 0, right: 0, bottom: 0 };
  #unit = 1;

  /** Takes the canvas over; null where nothing can be drawn on it (a test). */
  static on(canvas: HTMLCanvasElement): StagePainter | null {
    const surface = canvas.transferControlToOffscreen();
    const context = surface.getContext('2d');
    return context === null ? null : new StagePainter(surface, context);
  }

  private constructor(surface: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D) {
    this.#surface = surface;
    this.#context = context;
  }

  setColours(colours: StageColours): void {
    this.#colours = colours;
  }

  /** Applies a new layout and sizes the canvas for the screen's pixels. */
  setLayout(layout: StageLayout, names: readonly NodeName[], pixelRatio: number): void {
    const ratio = Math.min(PIXEL_RATIO_MAX, Math.max(1, pixelRatio));
    const { left, top, right, bottom } = this.#box = movingBox(layout);
    this.#surface.width = Math.round((right - left) * ratio);
    this.#surface.height = Math.round((bottom - top) * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, -left * ratio, -top * ratio);
    this.#unit = layout.nodeUnit;
    this.#places.fill(null);
    for (const [rank, name] of names.entries()) this.#places[nodeNumberOfName(name)] = layout.places[rank] ?? null;
    for (let from = 1; from < SLOTS; from++) {
      for (let to = 1; to < SLOTS; to++) this.#measureWay(from, to, layout.outerRadius);
    }
  }

  #measureWay(from: number, to: number, outerRadius: number): void {
    const way = this.#ways[from * SLOTS + to];
    const a = this.#places[from] ?? null;
    const b = this.#places[to] ?? null;
    if (way === undefined || a === null || b === null || from === to) return;
    const length = Math.max(1, Math.hypot(b.x - a.x, b.y - a.y));
    const ux = (b.x - a.x) / length;
    const uy = (b.y - a.y) / length;
    const reach = messageReach(length, outerRadius);
    const lane = LANE_OFFSET * this.#unit;
    way.x = a.x + ux * reach - uy * lane;
    way.y = a.y + uy * reach + ux * lane;
    way.dx = ux * (length - 2 * reach);
    way.dy = uy * (length - 2 * reach);
  }

  clear(): void {
    const { left, top, right, bottom } = this.#box;
    this.#context.clearRect(left, top, right - left, bottom - top);
  }

  /**
   * The arc of an election timer.
   * @param left the part that is left, 0–1
   */
  timer(nodeNumber: number, left: number): void {
    const place = this.#places[nodeNumber] ?? null;
    const colours = this.#colours;
    if (place === null || colours === null || left <= 0) return;
    const context = this.#context;
    context.globalAlpha = 1;
    context.strokeStyle = left < TIMER_LOW ? colours.warn : colours.text2;
    context.lineWidth = 4 * this.#unit;
    context.lineCap = 'butt';
    context.beginPath();
    context.arc(place.x, place.y, TIMER_RADIUS * this.#unit, -Math.PI / 2, -Math.PI / 2 + left * 2 * Math.PI);
    context.stroke();
  }

  /** All flights. With `still`, each is one mark that does not move until its message ends. */
  flights(deck: FlightDeck, nowMs: number, still: boolean): void {
    for (let index = 0; index < deck.count; index++) {
      const flight = deck.flights[index];
      if (flight !== undefined) this.#flight(flight, nowMs, still);
    }
    this.#context.globalAlpha = 1;
  }

  #flight(flight: Flight, nowMs: number, still: boolean): void {
    const alpha = flightAlpha(flight, nowMs);
    const way = this.#ways[flight.from * SLOTS + flight.to];
    const colours = this.#colours;
    if (alpha <= 0 || way === undefined || colours === null || !this.#places[flight.to]) return;
    const isDead = flight.diedAtMs > 0;
    const fraction = still && !isDead ? STILL_FRACTION : flightFraction(flight, nowMs);
    const x = way.x + way.dx * fraction;
    const y = way.y + way.dy * fraction;
    this.#context.globalAlpha = still && !isDead ? 1 : alpha;
    if (isDead) this.#cross(x, y, colours);
    else this.#glyph(flight, x, y, Math.atan2(way.dy, way.dx), colours);
  }

  #cross(x: number, y: number, colours: StageColours): void {
    const context = this.#context;
    const arm = 5.5 * this.#unit;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.strokeStyle = colours.background;
    context.lineWidth = 5.5 * this.#unit;
    context.stroke();
    context.strokeStyle = colours.bad;
    context.lineWidth = 2.2 * this.#unit;
    context.stroke();
  }

  #glyph(flight: Flight, x: number, y: number, angle: number, colours: StageColours): void {
    const context = this.#context;
    const unit = this.#unit;
    const term = coloursOfTerm(colours, flight.term);
    const { glyph, isReply } = flight.kind;
    context.beginPath();
    this.#outline(glyph, x, y, angle, isReply ? 0.86 : 1);
    context.lineJoin = 'round';
    if (isReply) {
      context.strokeStyle = colours.background;
      context.lineWidth = 5 * unit;
      context.stroke();
      context.fillStyle = colours.background;
      context.fill();
      context.strokeStyle = term.line;
      context.lineWidth = 2 * unit;
      context.stroke();
    } else {
      // Term 0 means that the message has no term.
      context.fillStyle = flight.term === 0 ? colours.text2 : term.fill;
      context.strokeStyle = colours.background;
      context.lineWidth = 4 * unit;
      context.stroke();
      context.fill();
    }
    if (flight.rejected) this.#bar(x, y, isReply ? term.line : term.ink);
  }

  /** A refusal: a minus in the middle. */
  #bar(x: number, y: number, colour: string): void {
    const context = this.#context;
    const reach = 2.6 * this.#unit;
    context.beginPath();
    context.moveTo(x - reach, y);
    context.lineTo(x + reach, y);
    context.strokeStyle = colour;
    context.lineWidth = 1.8 * this.#unit;
    context.stroke();
  }

  #outline(glyph: Glyph, x: number, y: number, angle: number, size: number): void {
    const context = this.#context;
    const unit = this.#unit * size;
    switch (glyph) {
      case 'square':
        context.roundRect(x - 6.5 * unit, y - 6.5 * unit, 13 * unit, 13 * unit, 2.5 * unit);
        return;
      case 'dot':
        context.arc(x, y, 4 * unit, 0, 2 * Math.PI);
        return;
      case 'diamond':
        context.moveTo(x, y - 8 * unit);
        context.lineTo(x + 8 * unit, y);
        context.lineTo(x, y + 8 * unit);
        context.lineTo(x - 8 * unit, y);
        context.closePath();
        return;
      case 'page':
        context.roundRect(x - 7 * unit, y - 9 * unit, 14 * unit, 18 * unit, 2 * unit);
        return;
      case 'arrow':
        this.#corner(x, y, angle, 8 * unit, 0);
        this.#corner(x, y, angle, -5.5 * unit, 6.5 * unit);
        this.#corner(x, y, angle, -5.5 * unit, -6.5 * unit);
        context.closePath();
    }
  }

  /** A corner of a shape that points along `angle`. */
  #corner(x: number, y: number, angle: number, along: number, aside: number): void {
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    this.#context.lineTo(x + cos * along - sin * aside, y + sin * along + cos * aside);
  }
}
