/** The verdict on all operations of a recording at once. */
import type { HistoryVerdict } from '../../contract/history.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { OperationJudge } from './judge.ts';
import type { JudgeOptions } from './judge.ts';

/**
 * How far the clocks of two threads of one machine may differ (node/clock.ts corrects a thread's when it is further
 * off). Operations that are closer count as concurrent.
 */
export const CLOCK_ERROR_MS = 50;

/**
 * Whether operations are linearizable.
 * @param operations in any order, the last telling of each
 * @param loss why some may be missing, as a clause; null when all are there
 */
export function verdictOf(
  operations: Iterable<ClientOperation>, loss: string | null,
  options: JudgeOptions = { startsEmpty: false, clockErrorMs: CLOCK_ERROR_MS },
): HistoryVerdict {
  const judge = new OperationJudge(options);
  if (loss !== null) judge.noteLoss(loss);
  const byIndex = [...operations].sort((a, b) => compareIndexes(a.index, b.index) || a.askedAtMs - b.askedAtMs);
  for (const operation of byIndex) judge.add(operation);
  return judge.verdict();
}

/** Those without an index come last. */
function compareIndexes(a: number | null, b: number | null): number {
  return a === b ? 0 : (a ?? Infinity) - (b ?? Infinity);
}
