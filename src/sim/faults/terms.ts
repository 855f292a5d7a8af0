/**
 * Lease reads and the pace are switched while the cluster runs. Some servers hear of it at once, some long after the
 * others, so that they follow different lab terms for a while (dissertation §6.4.1).
 */
import { type LabTerms, TICK_MICROS } from '../settings.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import type { Fault, FaultTools } from './fault.ts';
import { campaign, forgetLeader } from './leadership.ts';
import { isolate } from './network.ts';
import { flock } from './workload.ts';

const AWAY_TICKS_MAX = 60;
const SWITCHED_TICKS_MAX = 20;
const COUP_TICKS_MAX = 6;
/** How much longer than usual an election timeout may become, in ticks. */
export const ELECTION_TIMEOUT_FACTOR_MAX = 2;

/** @param last if given, the one server that does not hear of it at once */
function announce(tools: FaultTools, terms: LabTerms, last?: SimulatedNode): void {
  const { cluster, random } = tools;
  cluster.terms = terms;
  const isHeardAtOnce = last !== undefined || random.chance(0.5);
  for (const server of tools.members()) {
    tools.after(isHeardAtOnce && server !== last ? 0 : tools.duration(AWAY_TICKS_MAX), () => {
      // It hears the latest decision.
      server.follow(cluster.terms);
    });
  }
}

/** Lease reads are switched off, or on, and back again. */
export const switchLeases: Fault = (tools) => {
  switchFor(tools, SWITCHED_TICKS_MAX);
};

function switchFor(tools: FaultTools, maxTicks: number, last?: SimulatedNode): void {
  const { cluster } = tools;
  const { leaseReads } = cluster.terms;
  announce(tools, { ...cluster.terms, leaseReads: !leaseReads }, last);
  tools.after(tools.duration(maxTicks), () => {
    announce(tools, { ...cluster.terms, leaseReads }, last);
  });
}

/**
 * Somebody wants another leader and forces the change: lease reads are off for a moment. Meanwhile the others forget
 * who leads, and one of them stands for election. Clients ask the old leader, which may know nothing of it.
 */
export const coup: Fault = (tools, target) => {
  const { random } = tools;
  switchFor(tools, COUP_TICKS_MAX, target);
  if (random.chance(0.7)) isolate(tools, target);
  flock(tools, target);
  tools.after(random.int(1, TICK_MICROS / 2), () => {
    forgetLeader(tools, target);
    const [rival] = tools.others(target);
    if (rival !== undefined) {
      campaign(tools, rival);
    }
  });
};

/** Ticks get longer or shorter, and election timeouts with them. */
export const changePace: Fault = (tools) => {
  const { terms, settings } = tools.cluster;
  announce(tools, {
    ...terms,
    tickMicros: TICK_MICROS * tools.random.pick([0.5, 1, 2]),
    electionTimeoutTicks: settings.electionTimeoutTicks * tools.random.pick([1, ELECTION_TIMEOUT_FACTOR_MAX]),
  });
};
