/** What the inspector says of a node that is not running: what is left of it, and how it comes back. */
import { conditionOf } from '../../trace/nodeCondition.ts';
import type { NodeView } from '../../trace/view.ts';

export interface DownWords {
  /** Where its values come from: it has said them itself, its file has them, or nobody here knows them. */
  readonly source: 'itself' | 'file' | 'nothing';
  /** What is left of its state, above the values; empty where nothing needs to be said. */
  readonly state: string;
  /** Why it has no state machine to look into; empty while it can be asked. */
  readonly stateMachine: string;
}

const RUNNING: DownWords = { source: 'itself', state: '', stateMachine: '' };
const ENDED: DownWords = {
  source: 'file',
  state: 'Its memory is gone; this is what is in its file. On restart it reads that, and is told the rest by the '
    + 'leader.',
  stateMachine: 'A node that does not run has no state machine to ask. On restart it is rebuilt from its snapshot and '
    + 'its log, up to commitIndex.',
};
const WIPE = 'Wipe it: it comes back as a new server, and the leader sends it what is committed.';

/** One record for each condition: none is without its sentences. */
export function downWords(node: Pick<NodeView, 'life' | 'failure'>): DownWords {
  switch (conditionOf(node)) {
    case 'running':
      return RUNNING;
    case 'paused':
      return {
        source: 'itself', state: '',
        stateMachine: 'A paused node answers nobody. Resume it to look into its state machine.',
      };
    case 'starting':
      return { source: 'file', state: '', stateMachine: '' };
    case 'crashed':
    case 'stopped':
    case 'disk-full':
    case 'disk-error':
    case 'failed':
      return ENDED;
    case 'away':
      return {
        source: 'itself',
        state: 'This is how it stood when it was last heard of; its file is on its own machine.',
        stateMachine: 'Its machine is not connected, so it cannot be asked for its state machine.',
      };
    case 'file-lost':
      return {
        source: 'nothing',
        state: `Its term, its vote and its log were in the file that is lost. ${WIPE}`,
        stateMachine: `Its state machine is gone with its file. ${WIPE}`,
      };
    case 'file-foreign':
      return {
        source: 'nothing',
        state: 'Nothing is shown of the file in its place, which it cannot use. Put its own file back and restart it, '
          + 'or wipe it.',
        stateMachine: 'A node that does not run has no state machine to ask.',
      };
  }
}
