/**
 * Reports each follower's progress when it changed, at most once per Ready: otherwise a leader under load would report
 * nothing else.
 */
import type { Core } from './core.ts';
import type { NodeId, ProgressStatus, Term } from './types.ts';

export class ProgressWatch {
  #term: Term = 0;
  readonly #last = new Map<NodeId, ProgressStatus>();

  /** Emits a `progressChanged` for each follower whose progress differs from what was last reported in this term. */
  emitChanges(core: Core): void {
    if (core.role !== 'leader' || !core.events.enabled) {
      return;
    }
    if (this.#term !== core.currentTerm) {
      this.#term = core.currentTerm;
      this.#last.clear();
    }
    for (const progress of core.membership.progress.values()) {
      const status = progress.status();
      const last = this.#last.get(progress.id);
      if (last === undefined || differs(last, status)) {
        this.#last.set(progress.id, status);
        core.emit({ type: 'progressChanged', progress: status });
      }
    }
  }
}

function differs(a: ProgressStatus, b: ProgressStatus): boolean {
  return (
    a.state !== b.state ||
    a.matchIndex !== b.matchIndex ||
    a.nextIndex !== b.nextIndex ||
    a.isLearner !== b.isLearner ||
    // Not recentActive: every check of the quorum resets it, so it would only report the check.
    a.silent !== b.silent ||
    a.inflightMessages !== b.inflightMessages ||
    a.pendingSnapshot !== b.pendingSnapshot ||
    a.paused !== b.paused
  );
}
