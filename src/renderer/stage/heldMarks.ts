/** Where held messages stand on their links: at their sender's side, the oldest ahead, until they are let go. */
import { linkKey } from '../../trace/fold.ts';
import type { NodeName } from '../../trace/names.ts';
import type { HeldMessageView } from '../../trace/view.ts';
import type { Glyph } from './flights.ts';
import { distance } from './geometry.ts';
import type { Point } from './geometry.ts';
import { LANE_OFFSET, messageReach } from './layout.ts';
import type { StageLayout } from './layout.ts';

/** Where the oldest stands, as a fraction of the way. It does not move when others come behind it. */
export const HELD_FRACTION = 0.42;
/** The distance between two, at unit 1: their rings do not touch. */
const SPACING = 27;
/** More than these tell no more than their number does. */
const SHOWN_MAX = 4;

export interface HeldMark {
  readonly held: HeldMessageView;
  readonly x: number;
  readonly y: number;
  /** The direction in which it goes, in degrees. */
  readonly angle: number;
  /** How many wait behind it for which the link has no room. */
  readonly behind: number;
}

/** The marks of all held messages for which their links have room. */
export function heldMarks(
  held: readonly HeldMessageView[], layout: StageLayout, placeOf: (name: NodeName) => Point | null,
): readonly HeldMark[] {
  const links = new Set(held.map(linkOf));
  return [...links].flatMap((link) => marksOf(held.filter((one) => linkOf(one) === link), layout, placeOf));
}

function linkOf({ from, to }: HeldMessageView): string {
  return linkKey(from, to);
}

function marksOf(
  queue: readonly HeldMessageView[], layout: StageLayout, placeOf: (name: NodeName) => Point | null,
): HeldMark[] {
  const [first] = queue;
  const a = first === undefined ? null : placeOf(first.from);
  const b = first === undefined ? null : placeOf(first.to);
  if (a === null || b === null) return [];
  const length = Math.max(1, distance(a, b));
  const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
  const reach = messageReach(length, layout.outerRadius);
  const lane = LANE_OFFSET * layout.nodeUnit;
  const foremost = reach + HELD_FRACTION * (length - 2 * reach);
  const spacing = SPACING * layout.nodeUnit;
  // The last place is for the number of those that are not shown.
  const room = Math.min(SHOWN_MAX, Math.max(1, Math.floor((foremost - reach) / spacing)));
  const angle = (Math.atan2(uy, ux) * 180) / Math.PI;
  return queue.slice(0, room).map((message, rank) => {
    const along = foremost - rank * spacing;
    return {
      held: message, x: a.x + ux * along - uy * lane, y: a.y + uy * along + ux * lane, angle,
      behind: rank === room - 1 ? queue.length - room : 0,
    };
  });
}

/** The outline of each kind of message around the origin at unit 1, as the painter draws it. */
export const GLYPH_PATHS: Readonly<Record<Glyph, string>> = {
  square: 'M-4-6.5h8a2.5 2.5 0 0 1 2.5 2.5v8a2.5 2.5 0 0 1-2.5 2.5h-8a2.5 2.5 0 0 1-2.5-2.5v-8'
    + 'a2.5 2.5 0 0 1 2.5-2.5z',
  dot: 'M-4 0a4 4 0 0 1 8 0a4 4 0 0 1-8 0z',
  diamond: 'M0-8 8 0 0 8-8 0z',
  page: 'M-5-9h10a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2h-10a2 2 0 0 1-2-2v-14a2 2 0 0 1 2-2z',
  arrow: 'M8 0-5.5 6.5v-13z',
};

/** A held message in words: `m3, AppendEntries 18 of term 4 from n1 to n2, held`. */
export function heldWords({ number, from, to, message }: HeldMessageView, what: string): string {
  return `m${number}, ${what} of term ${message.term} from ${from} to ${to}, held`;
}
