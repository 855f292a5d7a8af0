/** Faults of processes and machines: crashes, pauses, clocks. */
import type { CrashOutcome } from '../disk.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { mayBeLost } from './disks.ts';
import type { Fault, FaultTools } from './fault.ts';
import { ELECTION_TIMEOUT_FACTOR_MAX } from './terms.ts';

const DOWN_TICKS_MAX = 60;
const BLINK_MICROS_MAX = 1000;
const PAUSE_TICKS_MAX = 60;

/** Stops a server at once, even in the middle of a write, and starts it again from its disk. */
export const crash: Fault = (tools, target) => {
  tools.cluster.crash(target, drawOutcome(tools, target));
  tools.after(tools.duration(DOWN_TICKS_MAX), () => {
    tools.cluster.restart(target);
  });
};

/** A process dies and is started again at once. */
export const blink: Fault = (tools, target) => {
  tools.cluster.crash(target, 'lost');
  tools.after(tools.random.int(1, BLINK_MICROS_MAX), () => {
    tools.cluster.restart(target);
  });
};

/** Several servers crash at the same moment, as in a power cut. */
export const crashSeveral: Fault = (tools) => {
  const members = tools.members();
  for (const server of members.slice(0, tools.random.int(1, members.length))) {
    crash(tools, server);
  }
};

function drawOutcome(tools: FaultTools, target: SimulatedNode): CrashOutcome {
  const outcome = tools.random.pick<CrashOutcome>(['lost', 'lost', 'lost', 'lost', 'completed', 'completed', 'torn']);
  return outcome === 'torn' && !mayBeLost(tools, target) ? 'lost' : outcome;
}

/** The process pauses while its socket buffer fills. */
export const pause: Fault = (tools, target) => {
  tools.cluster.pause(target);
  tools.after(tools.duration(PAUSE_TICKS_MAX), () => {
    tools.cluster.resume(target);
  });
};

/** A process stands still for so long that others elect another leader, as where a disk hangs. */
export const stall: Fault = (tools, target) => {
  const { electionTimeoutTicks, tickMicros } = tools.cluster.terms;
  const electionMicros = electionTimeoutTicks * tickMicros;
  tools.cluster.pause(target);
  tools.after(tools.random.int(electionMicros, 3 * electionMicros), () => {
    tools.cluster.resume(target);
  });
};

/**
 * A clock that runs too fast or too slow. Lease reads assume that clocks drift by less than a tick in an election
 * timeout (dissertation §6.4.1); nothing else makes such an assumption, so without lease reads the drift may be a
 * tenth.
 */
export const skewClock: Fault = ({ cluster: { settings }, random }, target) => {
  const { leaseReads, electionTimeoutTicks, faults } = settings;
  const mayHoldLease = leaseReads || (faults.switchLeases ?? 0) > 0;
  const skewMax = mayHoldLease ? 1 / (2 * ELECTION_TIMEOUT_FACTOR_MAX * electionTimeoutTicks) : 0.1;
  target.clock.factor = 1 + (2 * random.float() - 1) * skewMax;
};
