/** The palette's commands on nodes: what can be done to each in its present state. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { NodeView } from '../../trace/view.ts';
import { useClusterStore } from '../stores/cluster.ts';
import type { AppCommand } from './commands.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';
import { useNodeActions } from './useNodeActions.ts';

interface NodeCommand {
  readonly id: 'crash' | 'restart' | 'pause' | 'resume' | 'wipe';
  readonly title: string;
  readonly action?: KeyAction;
  readonly lives: readonly NodeView['life'][];
}

const NODE_COMMANDS: readonly NodeCommand[] = [
  { id: 'crash', title: 'Crash', action: 'node.crash', lives: ['running', 'paused', 'starting'] },
  { id: 'restart', title: 'Restart', action: 'node.restart', lives: ['crashed', 'stopped', 'failed'] },
  { id: 'pause', title: 'Pause', action: 'node.pauseOrResume', lives: ['running'] },
  { id: 'resume', title: 'Resume', action: 'node.pauseOrResume', lives: ['paused'] },
  { id: 'wipe', title: 'Wipe the disk of', lives: ['running', 'paused', 'starting', 'crashed', 'stopped', 'failed'] },
];

/** The selected node's commands first, with their keys; then the others'. Call in a component's set-up. */
export function useNodeCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const perform = useNodeActions();

  function commandsOf(node: NodeView): AppCommand[] {
    const isSelected = node.name === cluster.selected;
    return NODE_COMMANDS.filter(({ lives }) => lives.includes(node.life)).map(({ id, title, action }) => ({
      id: `${id}.${node.name}`,
      group: 'Nodes',
      title: `${title} ${node.name}`,
      keywords: node.role,
      run: () => perform[id](node.name),
      ...(isSelected && action !== undefined ? { keys: captionOf(action, isMac) } : {}),
    }));
  }

  return computed(() => {
    const selected = cluster.nodes.filter((node) => node.name === cluster.selected);
    const others = cluster.nodes.filter((node) => node.name !== cluster.selected);
    return [...selected, ...others].flatMap(commandsOf);
  });
}
