/** Runs the actions of keys (keys.ts), unless somebody is typing or a dialog or menu has the keyboard. */
import { useEventListener } from '@vueuse/core';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useSettingsStore } from '../stores/settings.ts';
import { useTimeStore } from '../stores/time.ts';
import { useToastStore } from '../stores/toasts.ts';
import { useWindowStore } from '../stores/window.ts';
import { bindingFor, isMovedByArrows, isPressedBySpace, isTextField } from './keys.ts';
import type { KeyAction, KeyBinding, World } from './keys.ts';
import { lifeText, offersFor } from './nodeOffers.ts';
import type { NodeOfferId } from './nodeOffers.ts';
import { useNodeActions } from './useNodeActions.ts';
import { useStageTools } from './useStageTools.ts';

const OVERLAY = '[role=dialog], [role=alertdialog], [role=menu]';
/** The actions that also work while a dialog is open. */
const WITH_OVERLAYS: ReadonlySet<KeyAction> = new Set(['window.larger', 'window.smaller', 'window.actualSize']);

/** What is done to the nodes or the network of the lab that is open. */
const ACTS_ON_LAB = /^(?:network\.|node\.(?:crash|restart|pauseOrResume))/;
/** What moves through time, by the arrow keys among others. */
const MOVES_TIME = /^(?:time|past)\./;

/** Listens while the calling component lives. */
export function useKeyboard(): void {
  const cluster = useClusterStore();
  const actions = useActions();
  const settings = useSettingsStore();
  const history = useHistoryStore();
  const time = useTimeStore();
  const toasts = useToastStore();
  const view = useWindowStore();
  const perform = useNodeActions();
  const tools = useStageTools();

  function stepSelection(step: 1 | -1): void {
    const names = cluster.nodeNames;
    const position = cluster.selected === null ? (step === 1 ? -1 : names.length) : names.indexOf(cluster.selected);
    const next = names[(position + step + names.length) % names.length];
    if (next !== undefined) cluster.select(next);
  }

  /** Does to the selected node what of this it offers now; otherwise says what it is, or how to select one. */
  function onSelected(...wanted: readonly NodeOfferId[]): void {
    const now = cluster.view();
    if (cluster.selected === null || now === null) {
      toasts.show('info', 'Select a node first: press its number, or click one.');
      return;
    }
    const offer = offersFor(now, cluster.selected).find(({ id }) => wanted.includes(id));
    if (offer === undefined) toasts.show('info', lifeText(now, cluster.selected));
    else void perform[offer.id](cluster.selected);
  }

  const runs: Readonly<Record<KeyAction, (key: string) => unknown>> = {
    'node.select': (key) => {
      const name = cluster.nodeNames.find((candidate) => candidate === `n${key}`);
      if (name !== undefined) cluster.select(name);
    },
    'node.next': () => { stepSelection(1); },
    'node.previous': () => { stepSelection(-1); },
    'node.crash': () => { onSelected('crash'); },
    'node.restart': () => { onSelected('restart'); },
    'node.pauseOrResume': () => { onSelected('pause', 'resume'); },
    'network.partition': () => { tools.toggle('partition'); },
    'network.link': () => { tools.toggle('link'); },
    'network.hold': () => { tools.toggle('hold'); },
    'network.heal': () => actions.heal(),
    'time.toggle': () => time.toggle(),
    'time.step': () => time.step(),
    'time.back': () => time.back(),
    'time.stepEvent': () => time.step('event'),
    'time.backEvent': () => time.back('event'),
    'time.first': () => time.seek({ step: 0 }),
    'time.last': () => time.seek({ step: time.end.step }),
    'time.next': () => { view.focus('next'); },
    'time.until': () => { view.focus('until'); },
    'past.toggle': () => { history.toggle(); },
    'past.step': () => history.step(),
    'past.back': () => history.back(),
    'past.stepEvent': () => history.step('event'),
    'past.backEvent': () => history.back('event'),
    'past.first': () => history.goToBeginning(),
    'past.last': () => { if (history.of === 'file') void history.goToEnd(); else history.live(); },
    'past.live': () => { history.live(); },
    'past.note': () => { if (history.of !== null) view.focus('notes'); },
    // The stage listens itself (useStageKeys.ts), because it alone knows whether it can show its table.
    'stage.table': () => undefined,
    'stage.nextView': () => { view.showNextStage(); },
    'window.escape': () => {
      if (view.stageTool !== 'select') view.setStageTool('select');
      else if (view.heldMessage !== null) view.selectHeld(null);
      else if (view.stageAlone) view.toggleStageAlone();
      else cluster.select(null);
    },
    'window.stageAlone': () => { view.toggleStageAlone(); },
    'window.network': () => { view.openDialog('network'); },
    'window.console': () => { view.focus('console'); },
    'window.filter': () => { view.focus('events-filter'); },
    'window.inspector': () => { view.toggleInspector(); },
    'window.palette': () => { view.openDialog('palette'); },
    'window.settings': () => { view.openDialog('settings'); },
    'window.theme': () => settings.toggleTheme(),
    'window.larger': () => settings.stepScale(1),
    'window.smaller': () => settings.stepScale(-1),
    'window.actualSize': () => settings.stepScale(0),
    'window.help': () => { view.openDialog('help'); },
  };

  /** Whether what has the focus uses the key itself. A node of the ring does nothing with the space bar. */
  function belongsToFocus({ action, key }: KeyBinding, target: EventTarget | null): boolean {
    const isOfTime = MOVES_TIME.test(action);
    if (key !== ' ') return isOfTime && isMovedByArrows(target);
    const isNode = target instanceof Element && target.closest('[data-node]') !== null;
    return isPressedBySpace(target) && !(isOfTime && isNode);
  }

  function world(): World {
    if (history.isPast) return 'replay';
    return time.isSimulated ? 'simulated' : 'live';
  }

  function act({ action }: KeyBinding, key: string): void {
    const isOfLab = ACTS_ON_LAB.test(action);
    if (isOfLab && history.refusal !== null) toasts.show('info', history.refusal);
    else if (cluster.hasLab || !isOfLab) runs[action](key);
    else if (cluster.status === 'error') toasts.show('info', 'No lab is open: open or make one first.');
  }

  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const binding = bindingFor(event, isTextField(event.target), world());
    if (binding === null || (event.repeat && binding.repeats !== true)) return;
    if (!WITH_OVERLAYS.has(binding.action) && document.querySelector(OVERLAY) !== null) return;
    if (belongsToFocus(binding, event.target)) return;
    event.preventDefault();
    act(binding, event.key);
  });
}
