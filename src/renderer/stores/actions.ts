/** Everything a person can do to the lab, as typed functions: an error becomes a toast with its sentence. */
import { defineStore } from 'pinia';
import { shallowReactive, shallowRef } from 'vue';
import type { CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import type { LabErrorData, Reply } from '../../contract/errors.ts';
import type { LinkFaults } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import { useBridge } from '../bridge/index.ts';
import { useToastStore } from './toasts.ts';

/** What can be done to a node as a whole. */
export type NodeAction = 'crash' | 'restart' | 'pause' | 'resume' | 'wipe';

const DOING: Readonly<Record<NodeAction, string>> = {
  crash: 'crashing', restart: 'restarting', pause: 'pausing', resume: 'resuming', wipe: 'wiping',
};

function lostBridge(cause: unknown): LabErrorData {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { code: 'internal', message: `The lab did not answer (${detail}). Restart Raftlab if it stays so.` };
}

export const useActions = defineStore('actions', () => {
  const bridge = useBridge();
  const toasts = useToastStore();
  /** What is being done to a node right now: n3 → 'restarting'. */
  const busyNodes = shallowReactive(new Map<NodeName, string>());
  const labBusy = shallowRef(false);

  /** Sends a command and hands the reply back as it is, for callers that show errors in their own place. */
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

  /** Sends a command; an error becomes a toast and the answer null. */
  async function run<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<{ readonly value: CommandAnswer<Name> } | null> {
    const reply = await ask(name, input);
    if (reply.ok) return { value: reply.value };
    toasts.showError(reply.error);
    return null;
  }

  async function runOnNode(node: NodeName, action: NodeAction): Promise<boolean> {
    if (busyNodes.has(node)) return false;
    busyNodes.set(node, DOING[action]);
    try {
      return (await run(`node:${action}`, { node })) !== null;
    } finally {
      busyNodes.delete(node);
    }
  }

  async function runOnLab<Name extends 'lab:create' | 'lab:open' | 'lab:delete'>(
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
    ask,
    runOnNode,
    crash: (node: NodeName) => runOnNode(node, 'crash'),
    restart: (node: NodeName) => runOnNode(node, 'restart'),
    pause: (node: NodeName) => runOnNode(node, 'pause'),
    resume: (node: NodeName) => runOnNode(node, 'resume'),
    wipe: (node: NodeName) => runOnNode(node, 'wipe'),
    setPace: (pace: CommandInput<'lab:setPace'>['pace']) => run('lab:setPace', { pace }),
    setLink: (from: NodeName, to: NodeName, faults: LinkFaults, bothWays = true) =>
      run('link:set', { from, to, bothWays, faults }),
    partition: (groups: NodeName[][]) => run('network:partition', { groups }),
    heal: () => run('network:heal', {}),
    resetFaults: () => run('network:reset', {}),
    listLabs: () => run('lab:list', {}),
    createLab: (input: CommandInput<'lab:create'>) => runOnLab('lab:create', input),
    openLab: (labId: string) => runOnLab('lab:open', { labId }),
    deleteLab: (labId: string) => runOnLab('lab:delete', { labId }),
    /** The console shows errors in its own lines, so these three hand back the whole reply. */
    execute: (node: NodeName, command: CommandInput<'kv:execute'>['command']) => ask('kv:execute', { node, command }),
    readKv: (node: NodeName, prefix: string, limit: number) => ask('node:kv', { node, prefix, limit }),
    readDisk: (input: CommandInput<'node:disk'>) => ask('node:disk', input),
    readEvents: (beforeSeq: number, count: number) => ask('events:page', { beforeSeq, count }),
  };
});
