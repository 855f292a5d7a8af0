/** The stage's tools between nodes: why one cannot be taken up now, and taking it up or putting it away. */
import { useLanStore } from '../lan/lanStore.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useToastStore } from '../stores/toasts.ts';
import { useWindowStore } from '../stores/window.ts';
import type { StageTool } from '../stores/window.ts';

export type NetworkTool = Exclude<StageTool, 'select'>;

export interface StageTools {
  /** Null: it can be taken up. */
  readonly refusal: (tool: NetworkTool) => string | null;
  /** Where the tool cannot be taken up, a message says why. */
  readonly toggle: (tool: NetworkTool) => void;
}

/** Call in a component's set-up. */
export function useStageTools(): StageTools {
  const cluster = useClusterStore();
  const lan = useLanStore();
  const toasts = useToastStore();
  const view = useWindowStore();

  function refusal(tool: NetworkTool): string | null {
    if (cluster.status !== 'live') return 'No lab is open.';
    if (cluster.nodeNames.length < 2) {
      return tool === 'partition' ? 'A partition takes two nodes: add one.' : 'A link joins two nodes: add one.';
    }
    return lan.refusal(tool === 'partition' ? 'network:partition' : 'link:set', {});
  }

  function toggle(tool: NetworkTool): void {
    const reason = view.stageTool === tool ? null : refusal(tool);
    if (reason !== null) toasts.show('info', reason);
    else view.setStageTool(view.stageTool === tool ? 'select' : tool);
  }

  return { refusal, toggle };
}
