/** Ways to another moment. Only one is under way at a time; of those that are asked for meanwhile one is kept. */
import type { StepUnit } from '../../contract/time.ts';

export type Journey =
  | { readonly kind: 'seek'; readonly to: { readonly step: number } | { readonly atMs: number } }
  | { readonly kind: 'step' | 'back'; readonly unit: StepUnit; readonly count: number };

/** More than anybody counts while one is under way. */
const COUNT_MAX = 1000;

/** What waits once `next` was asked for, too: steps of one kind add up, everything else replaces what waited. */
export function joined(waiting: Journey | null, next: Journey): Journey {
  if (waiting === null || waiting.kind === 'seek' || next.kind === 'seek') return next;
  if (waiting.kind !== next.kind || waiting.unit !== next.unit) return next;
  return { ...next, count: Math.min(COUNT_MAX, waiting.count + next.count) };
}
