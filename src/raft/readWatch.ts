/** Reports the state of a leader's reads when it changed, at most once per tick: a busy leader confirms many in one. */
import type { Core } from './core.ts';
import type { LeaderReads } from './events.ts';

export class ReadWatch {
  /** The state at the last call. */
  #last: LeaderReads | undefined;

  /** Emits `readsChanged` if more than the age of the lease has changed since the last call. Call it once per tick. */
  emitChanges(core: Core): void {
    if (core.role !== 'leader' || !core.events.enabled) {
      this.#last = undefined;
      return;
    }
    const reads = readsOf(core);
    if (this.#last === undefined || differs(this.#last, reads)) {
      core.emit({ type: 'readsChanged', reads });
    }
    this.#last = reads;
  }
}

function readsOf(core: Core): LeaderReads {
  const { round, lease } = core.readCounts;
  const leaseTicks = core.lease.endsInTicks;
  return {
    leaseHeld: leaseTicks > 0,
    leaseEndsInTicks: leaseTicks,
    waiting: core.postponedReads.length + core.reads.waitingCount,
    confirmedByRound: round,
    confirmedByLease: lease,
    confirmedAsSoleVoter: core.readCounts['sole-voter'],
  };
}

/** A lease that has only grown older does not count as a change. */
function differs(a: LeaderReads, b: LeaderReads): boolean {
  return (
    a.leaseHeld !== b.leaseHeld ||
    b.leaseEndsInTicks > a.leaseEndsInTicks ||
    a.waiting !== b.waiting ||
    a.confirmedByRound !== b.confirmedByRound ||
    a.confirmedByLease !== b.confirmedByLease ||
    a.confirmedAsSoleVoter !== b.confirmedAsSoleVoter
  );
}
