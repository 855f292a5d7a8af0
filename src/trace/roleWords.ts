/** A node's role in a word, for tables and sentences, and whether anything is known of it at all. */
import type { NodeView } from './view.ts';

type RoleFields = Pick<NodeView, 'id' | 'role' | 'configuration'>;

/** Whether this node knows itself to be a learner (dissertation §4.2.1). */
export function isLearner({ id, configuration }: Pick<NodeView, 'id' | 'configuration'>): boolean {
  return configuration?.learners.includes(id) === true;
}

/** Whether the node has said anything of itself: one that has not run since the lab was opened has not. */
export function isKnown({ boot }: Pick<NodeView, 'boot'>): boolean {
  return boot > 0;
}

/** `leader`, `follower`, `learner`, `candidate`, `pre-candidate`. */
export function roleWord(node: RoleFields): string {
  return node.role === 'follower' && isLearner(node) ? 'learner' : node.role;
}
