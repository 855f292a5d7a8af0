/** The kinds of reads that the console offers, each with its assumptions and its cost. */
import type { ReadKind } from '../../contract/answers.ts';

export interface ReadChoice {
  readonly kind: ReadKind;
  readonly text: string;
  readonly hint: string;
}

export const READ_CHOICES: readonly ReadChoice[] = [
  {
    kind: 'read-index', text: 'linearizable',
    hint: 'ReadIndex: the leader makes sure by a round of heartbeats that it still leads (dissertation §6.4)',
  },
  {
    kind: 'lease', text: 'by lease',
    hint: 'linearizable without a round, as long as the nodes’ clocks run at the same rate (§6.4.1); turn it on first',
  },
  { kind: 'log', text: 'through the log', hint: 'linearizable: the read is an entry like a write; the slowest' },
  { kind: 'stale', text: 'possibly stale', hint: 'what the asked node has, without asking others; may be old' },
];
