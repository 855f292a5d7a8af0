/** Names of nodes: `n3` for people, and for the algorithm a Raft identifier that is never reused. */
import type { NodeId } from '../raft/types.ts';

/** A node as people call it: `n1` … `n15`. It stays the same when the node's disk is wiped. */
export type NodeName = `n${number}`;

export const NODE_NUMBER_MAX = 15;
export const INCARNATION_MAX = 1_000_000;
const INCARNATION_STEP = 1000;

/** The Raft identifier of a node's incarnation (1 for the first): n3 is 3, and after a wipe 1003, then 2003. */
export function nodeIdOf(nodeNumber: number, incarnation: number): NodeId {
  if (!Number.isInteger(nodeNumber) || nodeNumber < 1 || nodeNumber > NODE_NUMBER_MAX) {
    throw new RangeError(`node number ${nodeNumber} is not within 1..${NODE_NUMBER_MAX}`);
  }
  if (!Number.isInteger(incarnation) || incarnation < 1 || incarnation > INCARNATION_MAX) {
    throw new RangeError(`incarnation ${incarnation} is not within 1..${INCARNATION_MAX}`);
  }
  return (incarnation - 1) * INCARNATION_STEP + nodeNumber;
}

/** Whether a number is an identifier that `nodeIdOf` can return. */
export function isNodeId(id: number): boolean {
  const nodeNumber = nodeNumberOf(id);
  return Number.isInteger(id) && nodeNumber >= 1 && nodeNumber <= NODE_NUMBER_MAX && id > 0
    && incarnationOf(id) <= INCARNATION_MAX;
}

/** The node number within a Raft identifier: 3 for 3, 1003 and 2003. */
export function nodeNumberOf(id: NodeId): number {
  return id % INCARNATION_STEP;
}

/** The incarnation within a Raft identifier: 1 for 3, 2 for 1003. */
export function incarnationOf(id: NodeId): number {
  return Math.floor(id / INCARNATION_STEP) + 1;
}

/** The name that people use, without the incarnation. */
export function nodeNameOf(id: NodeId): NodeName {
  return `n${nodeNumberOf(id)}`;
}

/** The name, with the incarnation after a wipe: `n3`, then `n3′2`. */
export function fullNodeName(id: NodeId): string {
  const incarnation = incarnationOf(id);
  return incarnation === 1 ? nodeNameOf(id) : `${nodeNameOf(id)}′${incarnation}`;
}

const NODE_NAME = /^n([1-9]|1[0-5])$/;

/** Whether a text is a node's name. */
export function isNodeName(text: string): text is NodeName {
  return NODE_NAME.test(text);
}

/** The number in a node's name: 3 for `n3`. */
export function nodeNumberOfName(name: NodeName): number {
  return Number(name.slice(1));
}
