/** A node's actions as people mean them: the ones that lose something ask first. */
import type { NodeName } from '../../trace/names.ts';
import { useActions } from '../stores/actions.ts';
import { useWindowStore } from '../stores/window.ts';

export function useNodeActions() {
  const actions = useActions();
  const view = useWindowStore();

  /** Deletes the node's database after asking. */
  async function wipe(name: NodeName): Promise<void> {
    const confirmed = await view.confirm({
      title: `Wipe the disk of ${name}?`,
      text: `Its raft.db is deleted: log, term and vote are gone. ${name} comes back empty, under a new identity, `
        + 'because a server that forgot its vote may not vote again as its old self.',
      confirmLabel: `Wipe ${name}`,
    });
    if (confirmed) await actions.wipe(name);
  }

  return {
    crash: actions.crash, restart: actions.restart, pause: actions.pause, resume: actions.resume, wipe,
  };
}
