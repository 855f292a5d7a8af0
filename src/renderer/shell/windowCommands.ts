/** The palette's commands on the window and its labs. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { CommandName } from '../../contract/commands.ts';
import type { Pace } from '../../trace/events.ts';
import { useDoors } from '../doors/useDoors.ts';
import { useLanStore } from '../lan/lanStore.ts';
import { usePictureStore } from '../pictures/pictureStore.ts';
import { useScenarioStore } from '../scenario/scenarioStore.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useSettingsStore } from '../stores/settings.ts';
import { useTimeStore } from '../stores/time.ts';
import { useWindowStore } from '../stores/window.ts';
import type { AppCommand } from './appCommand.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';

/** Call in a component's set-up. */
export function useWindowCommands(): ComputedRef<readonly AppCommand[]> {
  const actions = useActions();
  const cluster = useClusterStore();
  const settings = useSettingsStore();
  const view = useWindowStore();
  const lan = useLanStore();
  const scenario = useScenarioStore();
  const time = useTimeStore();
  const doors = useDoors();
  const pictures = usePictureStore();

  const inLab = (
    id: string, title: string, keywords: string, run: () => unknown, command?: CommandName,
  ): AppCommand => ({
    id, group: 'Lab', title, keywords, run, needsLab: command !== undefined,
    refusal: command === undefined ? null : lan.refusal(command, {}),
  });
  function inWindow(id: string, title: string, keywords: string, run: () => unknown, action?: KeyAction): AppCommand {
    const command: AppCommand = { id, group: 'Window', title, keywords, run };
    return action === undefined ? command : { ...command, keys: captionOf(action, isMac) };
  }
  const pace = (value: Pace, title: string): AppCommand =>
    inLab(`pace.${value}`, title, 'speed election timeout', () => actions.setPace(value), 'lab:setPace');

  const lab = computed<readonly AppCommand[]>(() => [
    pace('fast', 'Pace: fast (heartbeat 50 ms)'),
    pace('class', 'Pace: class (heartbeat 500 ms)'),
    pace('slow', 'Pace: slow (heartbeat 2 s)'),
    inLab('add-node', 'Add a node: it joins, catches up, and becomes a voter', 'membership join new', () =>
      actions.addNode(false), 'cluster:add'),
    inLab('add-learner', 'Add a learner: it receives the log and has no vote', 'membership join new', () =>
      actions.addNode(true), 'cluster:add'),
    inLab('new-lab', 'New lab…', 'create make', () => { view.openDialog('new-lab'); }),
    ...(time.isSimulated ? [] : [
      inLab('simulate', 'Continue in the simulator', 'simulated time step live', () => actions.simulateLab(),
        'lab:simulate'),
    ]),
    inLab('seed', 'Open a seed of the simulator…', 'npm run sim check finding', () => { view.openDialog('seed'); }),
    inLab('labs', 'Open, rename, copy or delete a lab…', 'switch list duplicate', () => { view.openDialog('labs'); }),
    inLab('run-scenario', 'Run a scenario…', 'file script expect lesson', () => scenario.choose()),
  ]);
  const fixed: readonly AppCommand[] = [
    inWindow('network', 'Network: open this lab to others, or join theirs…', 'lan share host join code wall', () => {
      view.openDialog('network');
    }, 'window.network'),
    inWindow('console', 'Type into the console', 'kv put get', () => { view.focus('console'); }, 'window.console'),
    inWindow('filter', 'Filter the events', 'search', () => { view.focus('events-filter'); }, 'window.filter'),
    inWindow('stage-ring', 'Stage: ring of nodes and messages', 'view picture', () => { view.showStage('ring'); }),
    inWindow('stage-logs', 'Stage: logs side by side', 'view entries figure 6 7', () => { view.showStage('logs'); }),
    inWindow('stage-space-time', 'Stage: space-time diagram', 'view messages arrows lines', () => {
      view.showStage('spaceTime');
    }),
    inWindow('export-svg', 'Export the picture as SVG…', 'save logs space-time', () => pictures.save('svg')),
    inWindow('export-png', 'Export the picture as PNG…', 'save logs space-time', () => pictures.save('png')),
    inWindow('stage-table', 'Stage: table in words', 'view', () => { view.showStage('table'); }, 'stage.table'),
    inWindow('larger', 'Larger, for a projector', 'zoom', () => settings.stepScale(1), 'window.larger'),
    inWindow('smaller', 'Smaller', 'zoom', () => settings.stepScale(-1), 'window.smaller'),
    inWindow('actual-size', 'Usual size', 'zoom', () => settings.stepScale(0), 'window.actualSize'),
    inWindow('settings', 'Settings…', 'preferences', () => { view.openDialog('settings'); }, 'window.settings'),
    inWindow('safety', 'Raft’s guarantees and whether they held', 'safety checks violations', () => {
      view.openDialog('safety');
    }),
    inWindow('variant', 'Which Raft this lab runs…', 'variant paper rules pre-vote no-op sessions', () => {
      view.openDialog('variant');
    }),
    inWindow('doors', 'Doors for other programs…', 'redis resp client port redirect lan password', () => {
      view.openDialog('doors');
    }),
    inWindow('introduction', 'Show the introduction', 'first run tour', () => { view.openIntroduction(); }),
    inWindow('help', 'Keys and help', 'shortcuts', () => { view.openDialog('help'); }, 'window.help'),
    inWindow('about', 'About Raftlab, and licences', 'version', () => { view.openDialog('about'); }),
  ];
  const changing = computed<readonly AppCommand[]>(() => {
    const leases = cluster.view()?.leaseReads === true;
    const inspector = view.inspectorOpen ? 'Hide the inspector' : 'Show the inspector';
    const timeline = view.timelineOpen ? 'Hide the timeline of terms' : 'Show the timeline of terms';
    const alone = view.stageAlone ? 'The whole window again' : 'The stage alone, for a projector';
    const theme = settings.theme === 'dark' ? 'Light theme' : 'Dark theme';
    return [
      leases
        ? inLab('lease-off', 'Turn lease reads off', 'read clock', () => actions.setLeaseReads(false),
          'lab:setLeaseReads')
        : inLab('lease-on', 'Turn lease reads on (they trust the nodes’ clocks)', 'read clock', () =>
          actions.setLeaseReads(true), 'lab:setLeaseReads'),
      {
        ...inLab(
          'door', doors.door.value.isOpen ? 'Close the nodes’ doors' : 'Open the nodes’ doors to other programs',
          'redis resp client port', () => doors.change(doors.door.value.isOpen ? 'off' : 'on'), 'lab:setDoor',
        ),
        refusal: doors.refusal.value,
      },
      inWindow('inspector', inspector, 'panel', () => { view.toggleInspector(); }, 'window.inspector'),
      inWindow('timeline', timeline, 'tape history', () => { view.toggleTimeline(); }),
      inWindow('stage-alone', alone, 'full screen', () => { view.toggleStageAlone(); }, 'window.stageAlone'),
      inWindow('theme', theme, 'colour appearance', () => settings.toggleTheme(), 'window.theme'),
    ];
  });

  return computed(() => [...lab.value, ...fixed, ...changing.value]);
}
