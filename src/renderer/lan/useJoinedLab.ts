/** The actions of a machine in a joined lab: bringing a node, and leaving. */
import { useToastStore } from '../stores/toasts.ts';
import { useWindowStore } from '../stores/window.ts';
import { useLanStore } from './lanStore.ts';

export interface JoinedLabActions {
  readonly bringNode: (asLearner: boolean) => Promise<void>;
  readonly leave: (labName: string) => Promise<void>;
}

/** Call in a component's set-up. */
export function useJoinedLab(): JoinedLabActions {
  const lan = useLanStore();
  const toasts = useToastStore();
  const view = useWindowStore();

  return {
    async bringNode(asLearner) {
      const answer = await lan.perform('lan:bringNode', { asLearner });
      // The dialog lists the node itself.
      if (answer === null || view.dialog === 'network') return;
      const becomes = asLearner ? 'stays a learner' : 'becomes a voter';
      toasts.show('ok', `${answer.value} runs on this machine. It catches up, then ${becomes}.`);
    },
    async leave(labName) {
      const confirmed = await view.confirm({
        title: `Leave “${labName}”?`,
        text: 'This machine’s nodes leave the cluster. Your own lab is opened again, as it was.',
        confirmLabel: 'Leave the lab',
      });
      if (confirmed && await lan.perform('lan:leave', {}) !== null) view.closeDialog();
    },
  };
}
