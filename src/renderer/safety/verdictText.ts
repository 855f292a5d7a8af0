/** The verdict on the operations and the safety checks, in the few words that fit the window's head. */
import type { HistoryVerdict } from '../../contract/history.ts';
import type { IconName } from '../components/ui/icons.ts';

export interface SafetySummary {
  readonly tone: 'ok' | 'bad' | 'unknown';
  readonly icon: IconName;
  readonly text: string;
  readonly hint: string;
}

/** @param verdict null where nothing judges the operations */
export function safetySummary(violationCount: number, verdict: HistoryVerdict | null): SafetySummary {
  if (violationCount > 0) {
    return { tone: 'bad', icon: 'warning', text: 'Guarantee broken', hint: 'What happened, and what it broke' };
  }
  if (verdict?.verdict === 'violated') {
    return { tone: 'bad', icon: 'warning', text: 'Not linearizable', hint: verdict.words };
  }
  if (verdict?.verdict === 'unknown') {
    return { tone: 'unknown', icon: 'check', text: 'Linearizability not known', hint: verdict.words };
  }
  const count = verdict?.operationCount ?? 0;
  if (count === 0) {
    return { tone: 'ok', icon: 'check', text: 'Safe so far', hint: 'Every guarantee of Raft that is watched has held' };
  }
  return {
    tone: 'ok', icon: 'check', text: `Linearizable, ${operationsText(count)}`,
    hint: 'Every guarantee of Raft that is watched has held, and the answers of all clients fit one order',
  };
}

export function operationsText(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? 'operation' : 'operations'}`;
}
