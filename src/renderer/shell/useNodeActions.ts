/** A node's actions for people: those that lose something ask for confirmation. */
import type { NodeName } from '../../trace/names.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useWindowStore } from '../stores/window.ts';
import type { Confirmation } from '../stores/window.ts';
import type { NodeOfferId } from './nodeOffers.ts';

/** The questions before an action that loses something. */
const QUESTIONS: Readonly<Partial<Record<NodeOfferId, (name: NodeName, isAway: boolean) => Confirmation>>> = {
  wipe: (name) => ({
    title: `Wipe the disk of ${name}?`,
    text: `Its raft.db is deleted: log, term and vote are gone. ${name} comes back empty, under a new identity, `
      + 'because a server that forgot its vote may not vote again as its old self.',
    confirmLabel: `Wipe ${name}`,
  }),
  remove: (name, isAway) => ({
    title: `Remove ${name} from the cluster?`,
    text: isAway
      ? `The machine of ${name} is not connected. ${name} leaves the configuration all the same; its raft.db stays on `
        + 'that machine and is of no use to the cluster any longer.'
      : `${name} leaves the configuration. When that is committed it is stopped, and its raft.db is deleted for `
        + 'good. A new node can be added later.',
    confirmLabel: `Remove ${name}`,
  }),
  replace: (name) => ({
    title: `Replace ${name} by a new node?`,
    text: 'A new node joins as a learner and catches up; then one joint change makes it a voter in the place of '
      + `${name}. ${name} is stopped and its raft.db deleted for good.`,
    confirmLabel: `Replace ${name}`,
  }),
};

export type NodeActions = Readonly<Record<NodeOfferId, (name: NodeName) => Promise<boolean>>>;

/** Each action returns whether it was done. Call in a component's set-up. */
export function useNodeActions(): NodeActions {
  const actions = useActions();
  const cluster = useClusterStore();
  const view = useWindowStore();

  const asking = (id: NodeOfferId, act: (name: NodeName) => Promise<boolean>) => async (name: NodeName) => {
    const question = QUESTIONS[id]?.(name, cluster.view()?.nodes[name]?.life === 'away');
    return (question === undefined || await view.confirm(question)) && act(name);
  };

  return {
    crash: actions.crash,
    restart: actions.restart,
    pause: actions.pause,
    resume: actions.resume,
    compact: actions.compact,
    wipe: asking('wipe', actions.wipe),
    transfer: actions.transfer,
    promote: (name) => actions.changeMembership(name, 'promote'),
    demote: (name) => actions.changeMembership(name, 'demote'),
    replace: asking('replace', (name) => actions.changeMembership(name, 'replace')),
    remove: asking('remove', (name) => actions.changeMembership(name, 'remove')),
    forgetLeader: actions.forgetLeader,
  };
}
