/** Tells how a leader's reads stand when that changed, at most once a tick: a busy leader confirms many in one. */
import type { Core } from './core.ts';
import type { LeaderReads } from './events.ts';
import { leaseEndsInTicks } from './lease.ts';

export class ReadWatch {
  /** As it stood at the last call. */
  #last: LeaderReads | undefined;

  /** Emits `readsChanged` where something other than time has passed since the last call. To be called once a tick. */
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
  const leaseTicks = leaseEndsInTicks(core);
  return {
    leaseHeld: leaseTicks > 0,
    leaseEndsInTicks: leaseTicks,
    waiting: core.postponedReads.length + core.reads.waitingCount,
    confirmedByRound: round,
    confirmedByLease: lease,
    confirmedAsSoleVoter: core.readCounts['sole-voter'],
  };
}

/** A lease that only grows older is the one that was told of. */
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
