/** A node's role in a word, for tables and sentences, and whether anything is known of it at all. */
import { conditionOf } from './nodeCondition.ts';
import type { NodeView } from './view.ts';

type RoleFields = Pick<NodeView, 'id' | 'role' | 'configuration'>;

/** Whether this node is a learner in its own configuration (dissertation §4.2.1). */
export function isLearner({ id, configuration }: Pick<NodeView, 'id' | 'configuration'>): boolean {
  return configuration?.learners.includes(id) === true;
}

/**
 * Whether anything is known of the node's term and log: one that has not run since the lab was opened has said nothing
 * of them, and one that has lost its file has none.
 */
export function isKnown(node: Pick<NodeView, 'boot' | 'life' | 'failure'>): boolean {
  return node.boot > 0 && conditionOf(node) !== 'file-lost';
}

/** `leader`, `follower`, `learner`, `candidate`, `pre-candidate`. */
export function roleWord(node: RoleFields): string {
  return node.role === 'follower' && isLearner(node) ? 'learner' : node.role;
}
