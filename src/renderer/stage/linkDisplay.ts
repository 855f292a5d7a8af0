/** What the stage shows of the links: one line for each pair of nodes, with its cuts and its other faults. */
import { holdsNothing } from '../../trace/events.ts';
import type { Hold, LinkFaults } from '../../trace/events.ts';
import { describeHold } from '../../trace/labWords.ts';
import type { NodeName } from '../../trace/names.ts';
import { isCut, sortedNames } from '../../trace/network.ts';
import type { ClusterView, LinkView } from '../../trace/view.ts';
import { between, boxesOverlap, distance } from './geometry.ts';
import type { Box, Point } from './geometry.ts';

/** `forth` is from `a` to `b`, `back` from `b` to `a`. */
export type CutState = 'none' | 'both' | 'forth' | 'back';
export type Direction = 'both' | 'forth' | 'back';

export interface FaultChip {
  readonly direction: Direction;
  /** `10 % loss · +50 ms`. */
  readonly text: string;
}

export interface LinkDisplay {
  /** `n1-n2`, the lower number first. */
  readonly key: string;
  readonly a: NodeName;
  readonly b: NodeName;
  readonly cut: CutState;
  readonly chips: readonly FaultChip[];
  /** Whether nothing at all is done to it. */
  readonly isWhole: boolean;
  /** The whole state in words: `link n1–n2: cut from n1 to n2`. */
  readonly text: string;
}

/** What every link holds alike: the links need not say so each. */
function commonHold(view: ClusterView, names: readonly NodeName[]): Hold {
  const holds = names.flatMap((from) => names.filter((to) => to !== from).map((to) => (
    view.links[`${from}>${to}`]?.faults.hold ?? 'nothing')));
  const [first = 'nothing'] = holds;
  return holds.every((hold) => String(hold) === String(first)) ? first : 'nothing';
}

/** Loss, delay and the rest in the fewest words; empty without faults. Cuts are drawn, not written. */
export function faultsText(faults: LinkFaults): string {
  const parts: string[] = [];
  if (!holdsNothing(faults.hold)) parts.push(describeHold(faults.hold));
  if (faults.lossPercent > 0) parts.push(`${faults.lossPercent} % loss`);
  if (faults.delayMs > 0 || faults.jitterMs > 0) {
    parts.push(`+${faults.delayMs}${faults.jitterMs > 0 ? ` ± ${faults.jitterMs}` : ''} ms`);
  }
  if (faults.duplicatePercent > 0) parts.push(`${faults.duplicatePercent} % twice`);
  if (faults.reorderPercent > 0) parts.push(`${faults.reorderPercent} % reordered`);
  return parts.join(' · ');
}

/** @param common what every link holds */
function chipText(link: LinkView | undefined, common: Hold): string {
  if (link === undefined) return '';
  const isCommon = String(link.faults.hold) === String(common);
  return faultsText(isCommon ? { ...link.faults, hold: 'nothing' } : link.faults);
}

function cutState(view: ClusterView, a: NodeName, b: NodeName): CutState {
  const forth = isCut(view, a, b);
  const back = isCut(view, b, a);
  if (forth && back) return 'both';
  return forth ? 'forth' : back ? 'back' : 'none';
}

function chipsOf(forth: string, back: string): FaultChip[] {
  if (forth === back) return forth === '' ? [] : [{ direction: 'both', text: forth }];
  const chips: FaultChip[] = [];
  if (forth !== '') chips.push({ direction: 'forth', text: forth });
  if (back !== '') chips.push({ direction: 'back', text: back });
  return chips;
}

function linkText(a: NodeName, b: NodeName, cut: CutState, chips: readonly FaultChip[]): string {
  const route: Readonly<Record<Direction, string>> = {
    both: 'both ways', forth: `from ${a} to ${b}`, back: `from ${b} to ${a}`,
  };
  const parts = chips.map((chip) => `${chip.text} ${route[chip.direction]}`);
  if (cut !== 'none') parts.unshift(`cut ${route[cut]}`);
  return `link ${a}–${b}: ${parts.length === 0 ? 'as it should be' : parts.join(', ')}`;
}

/** One display for each pair of nodes, in the order of their numbers. */
export function linkDisplays(view: ClusterView): LinkDisplay[] {
  const names = sortedNames(view);
  const common = commonHold(view, names);
  return names.flatMap((a, rank) => names.slice(rank + 1).map((b): LinkDisplay => {
    const forth = view.links[`${a}>${b}`];
    const back = view.links[`${b}>${a}`];
    const cut = cutState(view, a, b);
    const words = chipsOf(forth ? faultsText(forth.faults) : '', back ? faultsText(back.faults) : '');
    const chips = chipsOf(chipText(forth, common), chipText(back, common));
    const key = `${a}-${b}`;
    return { key, a, b, cut, chips, isWhole: cut === 'none' && words.length === 0, text: linkText(a, b, cut, words) };
  }));
}

/** Where a chip may be on its link: fractions of the way from `a` to `b`, the best first. */
const CHIP_FRACTIONS: Readonly<Record<Direction, readonly number[]>> = {
  both: [0.5, 0.4, 0.6, 0.33, 0.67, 0.27, 0.73],
  forth: [0.3, 0.36, 0.24, 0.42],
  back: [0.7, 0.64, 0.76, 0.58],
};

/** The gap between a link and its chip: room for a message. */
const CHIP_GAP = 8;

export interface ChipToPlace {
  readonly a: Point;
  readonly b: Point;
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
}

function boxAround(centre: Point, width: number, height: number): Box {
  return {
    left: centre.x - width / 2, right: centre.x + width / 2, top: centre.y - height / 2, bottom: centre.y + height / 2,
  };
}

/** Where a chip may be: beside its link, on either side, so that the messages on the link do not hide it. */
function chipSpots(chip: ChipToPlace): Point[] {
  const length = Math.max(1, distance(chip.a, chip.b));
  const nx = -(chip.b.y - chip.a.y) / length;
  const ny = (chip.b.x - chip.a.x) / length;
  const aside = (Math.abs(nx) * chip.width + Math.abs(ny) * chip.height) / 2 + CHIP_GAP;
  return CHIP_FRACTIONS[chip.direction].flatMap((fraction) => {
    const point = between(chip.a, chip.b, fraction);
    return [aside, -aside].map((offset) => ({ x: point.x + nx * offset, y: point.y + ny * offset }));
  });
}

/** Places chips beside their links so that, if there is room, they cover neither each other nor the obstacles. */
export function placeChips(chips: readonly ChipToPlace[], obstacles: readonly Box[]): Point[] {
  const taken: Box[] = [...obstacles];
  return chips.map((chip) => {
    const candidates = chipSpots(chip);
    const free = candidates.find((point) => {
      const box = boxAround(point, chip.width, chip.height);
      return !taken.some((other) => boxesOverlap(box, other));
    });
    const point = free ?? candidates[0] ?? between(chip.a, chip.b, 0.5);
    taken.push(boxAround(point, chip.width, chip.height));
    return point;
  });
}
