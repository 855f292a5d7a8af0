/** What can be done to a node in its present condition: for menus, the palette and `all` in the console. */
import { conditionOf } from '../trace/nodeCondition.ts';
import type { NodeView } from '../trace/view.ts';
import type { NodeAction } from './consoleCommands.ts';

/** What can be done to a node now, the most useful first: a wipe where a restart on its file does not help. */
export function nodeActionsFor(node: Pick<NodeView, 'life' | 'failure'>): readonly NodeAction[] {
  switch (conditionOf(node)) {
    case 'away': return []; // nothing can be asked of a node whose machine is not connected
    case 'starting': return ['crash', 'wipe'];
    case 'running': return ['crash', 'pause', 'compact', 'wipe'];
    case 'paused': return ['crash', 'resume', 'wipe'];
    case 'crashed':
    case 'stopped':
    case 'disk-full':
    case 'disk-error':
    case 'failed': return ['restart', 'wipe'];
    case 'file-lost':
    case 'file-foreign': return ['wipe', 'restart']; // a restart: once a good copy is in its place
  }
}
