/** A node's role in a word, for tables and sentences: a follower without a vote is a learner. */
import type { NodeView } from './view.ts';

type RoleFields = Pick<NodeView, 'id' | 'role' | 'configuration'>;

/** Whether this node knows itself to be a learner (dissertation §4.2.1). */
export function isLearner({ id, configuration }: Pick<NodeView, 'id' | 'configuration'>): boolean {
  return configuration?.learners.includes(id) === true;
}

/** `leader`, `follower`, `learner`, `candidate`, `pre-candidate`. */
export function roleWord(node: RoleFields): string {
  return node.role === 'follower' && isLearner(node) ? 'learner' : node.role;
}
