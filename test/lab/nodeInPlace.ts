/** A lab's node in a place that a test speaks for. */
import { expect } from 'vitest';
import { newLabFileNode } from '../../src/lab/files/labFile.ts';
import type { LabFileNode } from '../../src/lab/files/labFile.ts';
import { LabNode } from '../../src/lab/nodes/labNode.ts';
import type { NodeLinkListener, NodePlan } from '../../src/lab/nodes/nodeLink.ts';
import type { NodePlace } from '../../src/lab/nodes/nodePlace.ts';
import type { LabToNode } from '../../src/node/protocol.ts';
import { RAFTLAB_VARIANT } from '../../src/trace/variant.ts';

/** A node, and what happens in its place. Its threads start at once, and end when they are told to. */
export function nodeIn(
  changes: Partial<NodePlace> = {}, kept: LabFileNode = { ...newLabFileNode(2, 1, 'voter'), hasRun: true },
  save: () => Promise<void> = () => Promise.resolve(),
) {
  const told: string[] = [];
  const plans: NodePlan[] = [];
  const posted: LabToNode[] = [];
  let listener: NodeLinkListener | undefined;
  let starts = true;
  let lets = true;
  let isThere = true;
  const act = (then: () => void): Promise<void> => {
    if (!lets) return Promise.reject(new Error('not permitted'));
    then();
    return Promise.resolve();
  };
  const place: NodePlace = {
    address: '127.0.0.1',
    launch: (plan) => (link) => {
      plans.push(plan);
      listener = link;
      if (starts) queueMicrotask(() => link.onMessage({ type: 'started', port: 7000 }));
      return {
        post: (message) => posted.push(message),
        pause: () => act(() => told.push('paused')),
        resume: () => act(() => told.push('resumed')),
        terminate: () => act(() => link.onExit('ended')),
      };
    },
    runs: () => false,
    dataOf: () => Promise.resolve('held'),
    prepare: () => Promise.resolve(),
    erase: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    ...changes,
  };
  const node = new LabNode(kept, {
    labId: 'lab', folder: '/lab', place: () => (isThere ? place : undefined), datagramSecret: () => undefined,
    pace: () => 'fast', leaseReads: () => false, variant: () => RAFTLAB_VARIANT,
    door: () => null, initialVoters: () => [1, 2, 3],
    compaction: undefined, dataBytesMax: undefined, promisedMs: () => 0, faultsFrom: () => ({}), peers: () => [],
    onEvents: () => undefined, onOperations: () => undefined, onChanged: () => undefined, save,
    emit: (_id, { type }) => told.push(type),
  });
  return {
    node, told, plans, posted,
    link: () => listener ?? expect.unreachable('it was launched'),
    set: (now: { starts?: boolean; lets?: boolean; isThere?: boolean }) => {
      starts = now.starts ?? starts;
      lets = now.lets ?? lets;
      isThere = now.isThere ?? isThere;
    },
  };
}
