/** Virtual time in words: speeds, and the units of a step. */
import type { StepUnit } from '../../contract/time.ts';
import { SPEED_LEAST, SPEED_MAX } from '../../contract/time.ts';

/** In how much time something comes: `+0.164`. */
export function inText(inMs: number): string {
  return `+${(inMs / 1000).toFixed(3)}`;
}

const SIGNIFICANT = 2;

/** A speed: `0.1×`, `25×`. */
export function speedText(speed: number): string {
  return `${Number(speed.toPrecision(SIGNIFICANT))}×`;
}

/** The dial's place of a speed: -2 for 0.01×, 0 for 1×, 2 for 100×. */
export function dialOf(speed: number): number {
  return Math.log10(speed);
}

/** The speed at a place of the dial, with few digits, so that 1× is 1. */
export function speedAt(dial: number): number {
  const speed = Number((10 ** dial).toPrecision(SIGNIFICANT));
  return Math.min(SPEED_MAX, Math.max(SPEED_LEAST, speed));
}

export interface UnitWords {
  readonly unit: StepUnit;
  readonly hint: string;
}

/** The units in the order of the bar, each with what a step of it goes to. */
export const UNITS: readonly UnitWords[] = [
  { unit: 'event', hint: 'The next event of the trace' },
  { unit: 'message', hint: 'The next message that arrives' },
  { unit: 'turn', hint: 'The next turn of a node: what it read, wrote and sent together' },
  { unit: 'election', hint: 'The next node that becomes leader' },
  { unit: 'commit', hint: 'The next time that a leader’s commit index moves' },
  { unit: 'fault', hint: 'The next crash, cut or lost message' },
  { unit: 'finding', hint: 'The next guarantee of Raft that a check finds broken' },
];
