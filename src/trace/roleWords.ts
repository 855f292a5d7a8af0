/** A node's role in a word, for tables and sentences, and whether anything is known about the node. */
import type { NodeView } from './view.ts';

type RoleFields = Pick<NodeView, 'id' | 'role' | 'configuration'>;

/** Whether this node is a learner in its own configuration (dissertation §4.2.1). */
export function isLearner({ id, configuration }: Pick<NodeView, 'id' | 'configuration'>): boolean {
  return configuration?.learners.includes(id) === true;
}

/** Whether the node has reported its state: not if it has not run since the lab was opened. */
export function isKnown({ boot }: Pick<NodeView, 'boot'>): boolean {
  return boot > 0;
}

/** `leader`, `follower`, `learner`, `candidate`, `pre-candidate`. */
export function roleWord(node: RoleFields): string {
  return node.role === 'follower' && isLearner(node) ? 'learner' : node.role;
}
