/** What a node waits for that will not come by itself in a moment, in a sentence. */
import { whyNot } from '../../history/why/whyNot.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

/** Null where nothing is missing: what is only under way is not worth a line that comes and goes. */
export function missingFor(view: ClusterView, { name, role, life, leader, commitIndex }: NodeView): string | null {
  if (life !== 'running') {
    return null;
  }
  if (role !== 'leader') {
    return leader === 0 ? whyNot(view, { what: 'lead', node: name }) : null;
  }
  const unconfirmed = whyNot(view, { what: 'read', node: name });
  return unconfirmed === null ? null : whyNot(view, { what: 'commit', index: commitIndex + 1 }) ?? unconfirmed;
}
