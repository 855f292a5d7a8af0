/** What can be done to a server in its present state: for menus, the palette and `all` in the console. */
import type { NodeLife } from '../trace/view.ts';
import type { NodeAction } from './consoleCommands.ts';

/** What can be done to a node now, the most often wanted first. */
export function nodeActionsFor(life: NodeLife): readonly NodeAction[] {
  switch (life) {
    case 'away': return []; // nothing can be asked of a node whose machine is not connected
    case 'starting': return ['crash', 'wipe'];
    case 'running': return ['crash', 'pause', 'compact', 'wipe'];
    case 'paused': return ['crash', 'resume', 'wipe'];
    case 'crashed':
    case 'stopped':
    case 'failed': return ['restart', 'wipe'];
  }
}
