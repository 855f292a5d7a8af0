/** Listens to main's signals: the application menu, settings changed elsewhere, notices, opened recordings. */
import { onScopeDispose } from 'vue';
import type { WindowSignal } from '../../contract/answers.ts';
import { useBridge } from '../bridge/index.ts';
import { useScenarioStore } from '../scenario/scenarioStore.ts';
import { useActions } from '../stores/actions.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useSettingsStore } from '../stores/settings.ts';
import { useToastStore } from '../stores/toasts.ts';
import { useWindowStore } from '../stores/window.ts';
import type { OpenDialog } from '../stores/window.ts';

type MenuAction = Extract<WindowSignal, { type: 'menu' }>['action'];

const DIALOGS: Readonly<Partial<Record<MenuAction, OpenDialog>>> = {
  'new-lab': 'new-lab',
  'open-lab': 'labs',
  'open-seed': 'seed',
  network: 'network',
  doors: 'doors',
  'save-recording': 'save-recording',
  'export-recording': 'export-recording',
  'command-palette': 'palette',
  settings: 'settings',
  help: 'help',
  about: 'about',
};
const SCALE_STEPS: Readonly<Partial<Record<MenuAction, -1 | 0 | 1>>> = {
  'scale-up': 1, 'scale-down': -1, 'scale-reset': 0,
};

/** Listens while the calling component lives. */
export function useSignals(): void {
  const bridge = useBridge();
  const actions = useActions();
  const history = useHistoryStore();
  const settings = useSettingsStore();
  const toasts = useToastStore();
  const view = useWindowStore();
  const scenario = useScenarioStore();

  function runMenuAction(action: MenuAction): void {
    const dialog = DIALOGS[action];
    const step = SCALE_STEPS[action];
    if (dialog !== undefined) view.openDialog(dialog);
    if (step !== undefined) void settings.stepScale(step);
    if (action === 'run-scenario') void scenario.choose();
    if (action === 'open-recording') void history.openFile();
    if (action === 'simulate') void actions.simulateLab();
    if (action === 'introduction') view.openIntroduction();
    if (action === 'add-node' || action === 'add-learner') void actions.addNode(action === 'add-learner');
  }

  const stop = bridge.onSignal((signal) => {
    switch (signal.type) {
      case 'settingsChanged':
        settings.take(signal.settings);
        break;
      case 'notice':
        toasts.show(signal.level === 'error' ? 'error' : 'info', signal.message);
        break;
      case 'recordingOpened':
        void history.takeFile(signal.status);
        break;
      case 'menu':
        runMenuAction(signal.action);
        break;
    }
  });
  onScopeDispose(stop);
}
