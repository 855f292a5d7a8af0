/** The budgets of the design, and how the measured values compare with them. */
import type { BenchReport, BudgetRow, DoorOperation, DoorRow, Throughput } from './report.ts';

/** A report as far as it has been measured. */
export type Measured = Omit<BenchReport, 'budgets'>;

const START_MS_MAX = 1500;
const IDLE_NODE_MIB_MAX = 15;
const PEER_FACTOR = 3;
/** Of an outside load on a door, beside etcd by its own protocol. */
const DOOR_FACTORS: readonly (readonly [DoorOperation, number])[] = [['SET', 2], ['GET', 5]];
const SIMULATED_SPEED_LEAST = 100;
const STEP_BACK_MS_MAX = 100;
/** The numbers of clients that the budget is about; the peer is measured with other numbers too. */
const PEER_BUDGET_CLIENTS = [64, 256];

export function budgetsOf(measured: Measured): readonly BudgetRow[] {
  return [
    ...writeLatency(measured),
    ...writesBesidePeer(measured),
    ...doorBesidePeer(measured),
    ...failover(measured),
    ...startUp(measured),
    ...memory(measured),
    ...simulation(measured),
  ];
}

function writeLatency({ clusters, fullCommit, roundTrip, writeFloor }: Measured): readonly BudgetRow[] {
  const p50Ms = throughput(clusters.find(({ nodeCount }) => nodeCount === 3)?.writes, 1).latency.p50Ms;
  const unitMs = fullCommit.p50Ms + roundTrip.p50Ms;
  const what = 'one write, 3 nodes, 1 client, p50';
  return [
    inMultiples(what, p50Ms, unitMs, 3, '× (commit + round trip)'),
    inMultiples(`${what}, beside its floor`, p50Ms, writeFloor.p50Ms, 1.5, '× the floor'),
  ];
}

/** Empty without a peer. */
function writesBesidePeer({ clusters, peer }: Measured): readonly BudgetRow[] {
  const ours = clusters.find(({ nodeCount }) => nodeCount === peer?.nodeCount)?.writes;
  const compared = peer?.writes.filter(({ clients }) => PEER_BUDGET_CLIENTS.includes(clients)) ?? [];
  return compared.map((theirs) => {
    const { perSecond } = throughput(ours, theirs.clients);
    const ratio = perSecond / theirs.perSecond;
    return {
      what: `writes/s, 3 nodes, ${theirs.clients} clients`,
      measured: `${Math.round(perSecond)}/s beside ${Math.round(theirs.perSecond)}/s`,
      ratio,
      aim: `≥ ${PEER_FACTOR} × ${peer?.name ?? ''}`,
      met: ratio >= PEER_FACTOR,
    };
  });
}

/** Empty without a door, or without etcd beside it. */
function doorBesidePeer({ door }: Measured): readonly BudgetRow[] {
  const rowOf = (asked: DoorRow['asked'], operation: DoorOperation): DoorRow | undefined => (
    door?.rows.find((row) => row.asked === asked && row.operation === operation && row.pipeline === 1)
  );
  return DOOR_FACTORS.flatMap(([operation, factor]) => {
    const ours = rowOf('door', operation);
    const theirs = rowOf('etcd', operation);
    if (ours === undefined || theirs === undefined) {
      return [];
    }
    const ratio = ours.perSecond / theirs.perSecond;
    return [{
      what: `${operation}/s at the door, ${ours.clients} clients`,
      measured: `${Math.round(ours.perSecond)}/s beside ${Math.round(theirs.perSecond)}/s`,
      ratio,
      aim: `≥ ${factor} × etcd by gRPC`,
      met: ratio >= factor,
    }];
  });
}

function failover({ failover: { latency, longestElectionTimeoutMs, crashes } }: Measured): readonly BudgetRow[] {
  const unit = '× longest election timeout';
  const what = `a new leader commits, ${crashes} crashes`;
  return [
    inMultiples(`${what}, p50`, latency.p50Ms, longestElectionTimeoutMs, 1.5, unit),
    inMultiples(`${what}, p99`, latency.p99Ms, longestElectionTimeoutMs, 3, unit),
  ];
}

/** Without the window, which has a budget of its own and is measured in the app. */
function startUp({ startUp: { nodeCount, running, leaderKnown, longestElectionTimeoutMs } }: Measured): BudgetRow[] {
  return [
    atMost(`start of ${nodeCount} nodes until all run, p50`, milliseconds(running.p50Ms), running.p50Ms, {
      limit: START_MS_MAX, aim: `≤ ${milliseconds(START_MS_MAX)}`,
    }),
    inMultiples(
      'from then until all know a leader, p50', leaderKnown.p50Ms, longestElectionTimeoutMs, 1,
      '× longest election timeout',
    ),
  ];
}

function memory({ memory: [first] }: Measured): readonly BudgetRow[] {
  return first === undefined ? [] : [
    atMost(`memory of each idle node, ${first.runtime}`, `${first.idleNodeMib.toFixed(1)} MiB`, first.idleNodeMib, {
      limit: IDLE_NODE_MIB_MAX, aim: `≤ ${IDLE_NODE_MIB_MAX} MiB`,
    }),
  ];
}

function simulation({ simulation: { nodeCount, virtualMs, cpuMs, stepBack } }: Measured): readonly BudgetRow[] {
  const what = `a simulated lab of ${nodeCount} nodes, ${virtualMs / 1000} s of its time`;
  const ratio = virtualMs / cpuMs;
  return [
    {
      what, measured: `${milliseconds(cpuMs)} of a core`, ratio, aim: `≥ ${SIMULATED_SPEED_LEAST} × real time`,
      met: ratio >= SIMULATED_SPEED_LEAST,
    },
    atMost('one step back from there, p50', milliseconds(stepBack.p50Ms), stepBack.p50Ms, {
      limit: STEP_BACK_MS_MAX, aim: `≤ ${milliseconds(STEP_BACK_MS_MAX)}`,
    }),
  ];
}

function inMultiples(what: string, valueMs: number, unitMs: number, limit: number, unit: string): BudgetRow {
  const ratio = valueMs / unitMs;
  return { what, measured: milliseconds(valueMs), ratio, aim: `≤ ${limit} ${unit}`, met: ratio <= limit };
}

function atMost(
  what: string, measured: string, value: number, { limit, aim }: { readonly limit: number; readonly aim: string },
): BudgetRow {
  return { what, measured, ratio: value / limit, aim, met: value <= limit };
}

/** @throws {Error} when that number of clients was not measured: a bug in the plan */
function throughput(results: readonly Throughput[] | undefined, clients: number): Throughput {
  const found = results?.find((result) => result.clients === clients);
  if (found === undefined) {
    throw new Error(`writes of ${clients} clients were not measured`);
  }
  return found;
}

export function milliseconds(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)} ms`;
}
