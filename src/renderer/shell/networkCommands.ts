/** The palette's commands on the network: common partitions, links, healing. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { useLanStore } from '../lan/lanStore.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useWindowStore } from '../stores/window.ts';
import type { AppCommand } from './appCommand.ts';
import { summariseFaults } from './faults.ts';
import { captionOf } from './keys.ts';
import { isMac } from './platform.ts';
import { useStageTools } from './useStageTools.ts';

/** The first nodes, as many as form the largest minority: two of five. */
function minorityOf(names: readonly NodeName[]): NodeName[] {
  return names.slice(0, Math.floor((names.length - 1) / 2));
}

/** Call in a component's set-up. */
export function useNetworkCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const actions = useActions();
  const view = useWindowStore();
  const lan = useLanStore();
  const stageTools = useStageTools();

  const command = (id: string, title: string, run: () => unknown, more: Partial<AppCommand> = {}): AppCommand =>
    ({ id, group: 'Network', title, refusal: lan.refusal('network:partition', {}), needsLab: true, run, ...more });
  const othersOf = (group: readonly NodeName[]) => cluster.nodeNames.filter((name) => !group.includes(name));
  const separate = (group: readonly NodeName[]) => actions.partition([[...group], othersOf(group)]);

  function tools(): AppCommand[] {
    return [
      command('partition', 'Partition: pick a group on the stage', () => { view.setStageTool('partition'); }, {
        keys: captionOf('network.partition', isMac), refusal: stageTools.refusal('partition'),
      }),
      command('link', 'Link: cut, lose or delay between two nodes', () => { view.setStageTool('link'); }, {
        keys: captionOf('network.link', isMac), keywords: 'loss latency duplicate reorder',
        refusal: stageTools.refusal('link'),
      }),
      command('hold', 'Hold messages, and deliver them by hand', () => { view.setStageTool('hold'); }, {
        keys: captionOf('network.hold', isMac), keywords: 'deliver lose double release',
        refusal: stageTools.refusal('hold'),
      }),
    ];
  }

  /** A network of one node cannot be cut. */
  function partitions(): AppCommand[] {
    const names = cluster.nodeNames;
    if (names.length < 2) return [];
    const leader = cluster.leader?.name;
    const minority = minorityOf(names);
    const keywords = 'partition isolate alone';
    const commands: AppCommand[] = [];
    if (minority.length > 0) {
      const title = `Partition ${minority.join(' ')} | ${othersOf(minority).join(' ')}`;
      commands.push(command('split', title, () => separate(minority), { keywords: 'minority majority' }));
    }
    if (leader !== undefined) {
      const title = `Cut the leader ${leader} off from the others`;
      commands.push(command('isolate-leader', title, () => separate([leader]), { keywords }));
    }
    for (const name of names) {
      const title = `Cut ${name} off from the others`;
      commands.push(command(`isolate.${name}`, title, () => separate([name]), { keywords }));
    }
    return commands;
  }

  function repairs(): AppCommand[] {
    const faults = summariseFaults(cluster.view());
    const heal = command('heal', 'Heal the partition and every cut link', () => actions.heal(), {
      keys: captionOf('network.heal', isMac),
    });
    const reset = command('reset-faults', 'Reset all faults: cuts, loss and delay', () => actions.resetFaults());
    return [...(faults.healable ? [heal] : []), ...(faults.text === '' ? [] : [reset])];
  }

  return computed(() => [...repairs(), ...tools(), ...partitions()]);
}
