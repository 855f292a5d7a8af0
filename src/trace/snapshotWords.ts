/** Snapshots in progress, in words. */
import type { Clauses } from './clauses.ts';
import type { SnapshotEvent } from './events.ts';
import { fullNodeName } from './names.ts';

export function describeSnapshotEvent(event: SnapshotEvent): Clauses {
  const { lastIncludedIndex, lastIncludedTerm, bytes } = event;
  const detail = `term ${lastIncludedTerm} · ${bytes} bytes · Raft §7`;
  switch (event.type) {
    case 'snapshotTaken':
      return [
        `took a snapshot of what it has applied, up to entry ${lastIncludedIndex}`,
        `term ${lastIncludedTerm} · ${bytes} bytes in ${event.durationMs.toFixed(1)} ms · Raft §7`,
      ];
    case 'snapshotSending': {
      const [verb, tail] = SENDING_WORDS[event.state];
      const { acknowledgedBytes } = event;
      const share = tail === '' ? '' : `: ${percent(acknowledgedBytes, bytes)} ${tail}`;
      return [`${verb} ${fullNodeName(event.to)} its snapshot up to entry ${lastIncludedIndex}${share}`, detail];
    }
    case 'snapshotReceiving': {
      const from = fullNodeName(event.from);
      if (event.state === 'refused') {
        return [`threw away the snapshot that ${from} sent: its bytes are not what they should be`, detail];
      }
      if (event.state === 'cancelled') {
        return [`no longer needs the snapshot of ${from} up to entry ${lastIncludedIndex}`, detail];
      }
      const share = event.state === 'complete' ? 'all' : percent(event.receivedBytes, bytes);
      return [`has ${share} of the snapshot of ${from} up to entry ${lastIncludedIndex}`, detail];
    }
  }
}

/** The words before the follower's name, and those for the share that it has. */
const SENDING_WORDS: Record<(SnapshotEvent & { type: 'snapshotSending' })['state'], readonly [string, string]> = {
  started: ['begins to send', ''],
  resumed: ['goes on sending', 'was there already'],
  underway: ['sends', 'has arrived'],
  finished: ['has brought', ''],
  'given-up': ['gave up sending', 'had arrived'],
  cancelled: ['no longer sends', ''],
};

function percent(part: number, whole: number): string {
  return `${Math.floor(100 * part / Math.max(1, whole))} %`;
}
