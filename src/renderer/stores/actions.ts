/** Everything a person can do to the lab, as typed functions: an error becomes a toast with its sentence. */
import { defineStore } from 'pinia';
import { shallowReactive, shallowRef } from 'vue';
import type { MembershipAnswer } from '../../contract/answers.ts';
import type { CommandAnswer, CommandInput, CommandName, HeldAction } from '../../contract/commands.ts';
import type { MembershipAction, NodeAction } from '../../contract/console.ts';
import type { LabErrorData, Reply } from '../../contract/errors.ts';
import type { DoorSettings } from '../../trace/door.ts';
import type { Hold, LinkFaults } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import type { HeldMessageView } from '../../trace/view.ts';
import { useBridge } from '../bridge/index.ts';
import { useToastStore } from './toasts.ts';

const DOING: Readonly<Record<NodeAction | MembershipAction | 'transfer' | 'forgetLeader', string>> = {
  crash: 'crashing', restart: 'restarting', pause: 'pausing', resume: 'resuming', wipe: 'wiping',
  promote: 'being made a voter', demote: 'being made a learner', replace: 'being replaced', remove: 'being removed',
  compact: 'taking a snapshot', transfer: 'being handed the leadership', forgetLeader: 'forgetting its leader',
};

function lostBridge(cause: unknown): LabErrorData {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { code: 'internal', message: `The lab did not answer (${detail}). If this happens again, restart Raftlab.` };
}

export const useActions = defineStore('actions', () => {
  const bridge = useBridge();
  const toasts = useToastStore();
  /** The action in progress on each node: n3 → 'restarting'. */
  const busyNodes = shallowReactive(new Map<NodeName, string>());
  const labBusy = shallowRef(false);
  const addingNode = shallowRef(false);

  /** Sends a command and returns the reply unchanged, for callers that show errors themselves. */
  async function ask<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<Reply<CommandAnswer<Name>>> {
    try {
      return await bridge.invoke(name, input);
    } catch (cause) {
      return { ok: false, error: lostBridge(cause) };
    }
  }

  /** Sends a command; an error becomes a toast, and the answer is null. */
  async function run<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<{ readonly value: CommandAnswer<Name> } | null> {
    const reply = await ask(name, input);
    if (reply.ok) return { value: reply.value };
    toasts.showError(reply.error);
    return null;
  }

  /** Runs an action on a node if no other is in progress; null when it was not done. */
  async function runOn<Name extends CommandName>(
    node: NodeName,
    doing: keyof typeof DOING,
    name: Name,
    input: CommandInput<Name>,
  ): Promise<{ readonly value: CommandAnswer<Name> } | null> {
    if (busyNodes.has(node)) return null;
    busyNodes.set(node, DOING[doing]);
    try {
      return await run(name, input);
    } finally {
      busyNodes.delete(node);
    }
  }

  const runOnNode = async (node: NodeName, action: NodeAction): Promise<boolean> =>
    (await runOn(node, action, `node:${action}`, { node })) !== null;

  /** Reports the progress of a membership change. A change that continues by itself is neither failed nor done. */
  function tellMembership({ isDone, detail }: MembershipAnswer): void {
    toasts.show(isDone ? 'ok' : 'info', isDone ? detail : `Under way: ${detail}`);
  }

  async function changeMembership(node: NodeName, action: MembershipAction): Promise<boolean> {
    const answer = await runOn(node, action, `cluster:${action}`, { node });
    if (answer !== null) tellMembership(answer.value);
    return answer !== null;
  }

  async function addNode(asLearner: boolean): Promise<boolean> {
    if (addingNode.value) return false;
    addingNode.value = true;
    try {
      const answer = await run('cluster:add', { asLearner });
      if (answer !== null) tellMembership(answer.value);
      return answer !== null;
    } finally {
      addingNode.value = false;
    }
  }

  async function transfer(to: NodeName): Promise<boolean> {
    const answer = await runOn(to, 'transfer', 'cluster:transfer', { to });
    if (answer !== null) toasts.show('ok', `${answer.value.leader} leads term ${answer.value.term}.`);
    return answer !== null;
  }

  async function forgetLeader(node: NodeName): Promise<boolean> {
    const answer = await runOn(node, 'forgetLeader', 'cluster:forgetLeader', { node });
    if (answer !== null) toasts.show('ok', `${node} has forgotten its leader, until it hears from one.`);
    return answer !== null;
  }

  type LabChange = `lab:${'create' | 'open' | 'openSeed' | 'rename' | 'copy' | 'simulate' | 'delete'}`;

  async function runOnLab<Name extends LabChange>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<boolean> {
    if (labBusy.value) return false;
    labBusy.value = true;
    try {
      return (await run(name, input)) !== null;
    } finally {
      labBusy.value = false;
    }
  }

  return {
    busyNodes,
    labBusy,
    addingNode,
    ask,
    run,
    runOnNode,
    crash: (node: NodeName) => runOnNode(node, 'crash'),
    restart: (node: NodeName) => runOnNode(node, 'restart'),
    pause: (node: NodeName) => runOnNode(node, 'pause'),
    resume: (node: NodeName) => runOnNode(node, 'resume'),
    wipe: (node: NodeName) => runOnNode(node, 'wipe'),
    compact: (node: NodeName) => runOnNode(node, 'compact'),
    addNode,
    changeMembership,
    transfer,
    forgetLeader,
    readSessions: (node: NodeName, limit: number) => ask('node:sessions', { node, limit }),
    setLeaseReads: (enabled: boolean) => run('lab:setLeaseReads', { enabled }),
    setDoor: (door: DoorSettings) => run('lab:setDoor', { door }),
    setVariant: (variant: RaftVariant) => run('lab:setVariant', { variant }),
    setPace: (pace: CommandInput<'lab:setPace'>['pace']) => run('lab:setPace', { pace }),
    setLink: (from: NodeName, to: NodeName, faults: LinkFaults, bothWays = true) =>
      run('link:set', { from, to, bothWays, faults }),
    holdAll: (hold: Hold) => run('network:hold', { hold }),
    actOnHeld: (action: HeldAction, { from, messageId }: Pick<HeldMessageView, 'from' | 'messageId'>) =>
      run(`message:${action}`, { node: from, messageId }),
    partition: (groups: NodeName[][]) => run('network:partition', { groups }),
    heal: () => run('network:heal', {}),
    resetFaults: () => run('network:reset', {}),
    listLabs: () => run('lab:list', {}),
    createLab: (input: CommandInput<'lab:create'>) => runOnLab('lab:create', input),
    openLab: (labId: string) => runOnLab('lab:open', { labId }),
    renameLab: (input: CommandInput<'lab:rename'>) => runOnLab('lab:rename', input),
    copyLab: (input: CommandInput<'lab:copy'>) => runOnLab('lab:copy', input),
    openSeed: (input: CommandInput<'lab:openSeed'>) => runOnLab('lab:openSeed', input),
    simulateLab: () => runOnLab('lab:simulate', {}),
    deleteLab: (labId: string) => runOnLab('lab:delete', { labId }),
    /** The console shows errors in its own lines, so these three return the whole reply. */
    execute: (node: NodeName, command: CommandInput<'kv:execute'>['command']) => ask('kv:execute', { node, command }),
    readKv: (node: NodeName, prefix: string, limit: number) => ask('node:kv', { node, prefix, limit }),
    readDisk: (input: CommandInput<'node:disk'>) => ask('node:disk', input),
    readEvents: (beforeSeq: number, count: number) => ask('events:page', { beforeSeq, count }),
  };
});
