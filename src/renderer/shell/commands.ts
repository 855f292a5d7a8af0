/** Everything that can be done in the window, as a list: the command palette shows it and the keys run from it. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import type { NodeView } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useSettingsStore } from '../stores/settings.ts';
import { useWindowStore } from '../stores/window.ts';
import { summariseFaults } from './faults.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';
import { useNodeActions } from './useNodeActions.ts';

export interface AppCommand {
  readonly id: string;
  readonly group: 'Node' | 'Network' | 'Lab' | 'Window';
  readonly title: string;
  /** Other words that find it. */
  readonly keywords?: string;
  /** Its key, as printed on the keyboard. */
  readonly keys?: string;
  readonly run: () => unknown;
}

/** What one can do to a node in its present state. */
function nodeCommands(node: NodeView, perform: ReturnType<typeof useNodeActions>, selected: NodeName | null): AppCommand[] {
  const key = (action: KeyAction) => (node.name === selected ? { keys: captionOf(action, isMac) } : {});
  const command = (id: string, title: string, run: () => unknown, keys: { keys?: string } = {}): AppCommand =>
    ({ id: `${id}.${node.name}`, group: 'Node', title: `${title} ${node.name}`, keywords: node.role, run, ...keys });
  const alive = node.life === 'running' || node.life === 'paused' || node.life === 'starting';
  return [
    ...(alive ? [command('crash', 'Crash', () => perform.crash(node.name), key('node.crash'))] : []),
    ...(alive ? [] : [command('restart', 'Restart', () => perform.restart(node.name), key('node.restart'))]),
    ...(node.life === 'running' ? [command('pause', 'Pause', () => perform.pause(node.name), key('node.pauseOrResume'))] : []),
    ...(node.life === 'paused' ? [command('resume', 'Resume', () => perform.resume(node.name), key('node.pauseOrResume'))] : []),
    command('wipe', 'Wipe the disk of', () => perform.wipe(node.name)),
  ];
}

/** The half of the nodes that is a minority: the first two of five. */
function minorityOf(names: readonly NodeName[]): NodeName[] {
  return names.slice(0, Math.floor((names.length - 1) / 2));
}

/** Every command that makes sense now. Call in a component's set-up. */
export function useCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const actions = useActions();
  const settings = useSettingsStore();
  const view = useWindowStore();
  const perform = useNodeActions();
  const keys = (action: KeyAction) => ({ keys: captionOf(action, isMac) });

  function separate(group: readonly NodeName[]): Promise<unknown> {
    const rest = cluster.nodeNames.filter((name) => !group.includes(name));
    return actions.partition([[...group], rest]);
  }

  function networkCommands(): AppCommand[] {
    const names = cluster.nodeNames;
    const faults = summariseFaults(cluster.view());
    const leader = cluster.leader?.name;
    const minority = minorityOf(names);
    const isolate = (name: NodeName, title: string, id: string): AppCommand =>
      ({ id, group: 'Network', title, keywords: 'partition cut alone', run: () => separate([name]) });
    return [
      { id: 'partition', group: 'Network', title: 'Partition: pick a group on the stage', ...keys('network.partition'), run: () => { view.setStageTool('partition'); } },
      { id: 'link', group: 'Network', title: 'Link: cut, lose or delay between two nodes', ...keys('network.link'), run: () => { view.setStageTool('link'); } },
      ...(names.length < 2 || leader === undefined ? [] : [isolate(leader, `Cut the leader ${leader} off from the others`, 'isolate-leader')]),
      ...(minority.length === 0 ? [] : [{
        id: 'split', group: 'Network', keywords: 'partition minority majority',
        title: `Partition ${minority.join(' ')} | ${names.filter((name) => !minority.includes(name)).join(' ')}`,
        run: () => separate(minority),
      } as const]),
      ...(names.length < 2 ? [] : names.map((name) => isolate(name, `Cut ${name} off from the others`, `isolate.${name}`))),
      ...(faults.healable ? [{ id: 'heal', group: 'Network', title: 'Heal the partition and every cut link', ...keys('network.heal'), run: () => actions.heal() } as const] : []),
      ...(faults.text === '' ? [] : [{ id: 'reset-faults', group: 'Network', title: 'Reset all faults: cuts, loss and delay', run: () => actions.resetFaults() } as const]),
    ];
  }

  function labCommands(): AppCommand[] {
    const pace = (value: 'fast' | 'class' | 'slow', title: string): AppCommand =>
      ({ id: `pace.${value}`, group: 'Lab', title, keywords: 'pace speed heartbeat election timeout', run: () => actions.setPace(value) });
    return [
      pace('fast', 'Pace: fast (heartbeat 50 ms)'),
      pace('class', 'Pace: class (heartbeat 500 ms)'),
      pace('slow', 'Pace: slow (heartbeat 2 s)'),
      { id: 'new-lab', group: 'Lab', title: 'New lab…', keywords: 'create', run: () => { view.openDialog('new-lab'); } },
      { id: 'labs', group: 'Lab', title: 'Open or delete a lab…', keywords: 'switch list', run: () => { view.openDialog('labs'); } },
    ];
  }

  function windowCommands(): AppCommand[] {
    const command = (id: string, title: string, run: () => unknown, action?: KeyAction, keywords = ''): AppCommand =>
      ({ id, group: 'Window', title, keywords, run, ...(action === undefined ? {} : keys(action)) });
    return [
      command('console', 'Type into the console', () => { view.focus('console'); }, 'window.console', 'kv put get ask'),
      command('filter', 'Filter the events', () => { view.focus('events-filter'); }, 'window.filter', 'search'),
      command('inspector', view.inspectorOpen ? 'Hide the inspector' : 'Show the inspector', () => { view.toggleInspector(); }, 'window.inspector'),
      command('theme', settings.theme === 'dark' ? 'Light theme' : 'Dark theme', () => settings.toggleTheme(), 'window.theme', 'colour appearance'),
      command('larger', 'Larger, for a projector', () => settings.stepScale(1), 'window.larger', 'zoom scale'),
      command('smaller', 'Smaller', () => settings.stepScale(-1), 'window.smaller', 'zoom scale'),
      command('actual-size', 'Usual size', () => settings.stepScale(0), 'window.actualSize', 'zoom scale'),
      command('settings', 'Settings…', () => { view.openDialog('settings'); }, 'window.settings', 'preferences version'),
      command('introduction', 'Show the introduction', () => { view.openDialog('introduction'); }, undefined, 'tour first run'),
      command('help', 'Keys and help', () => { view.openDialog('help'); }, 'window.help', 'shortcuts keyboard'),
    ];
  }

  return computed(() => [
    ...cluster.nodes.flatMap((node) => nodeCommands(node, perform, cluster.selected)),
    ...cluster.nodeNames.map((name): AppCommand => ({
      id: `select.${name}`, group: 'Node', title: `Inspect ${name}`, keywords: 'select', keys: name.slice(1),
      run: () => { cluster.select(name); },
    })),
    ...networkCommands(),
    ...labCommands(),
    ...windowCommands(),
  ]);
}
