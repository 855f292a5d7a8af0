/** How often and how long the bench measures. */
import type { Pace } from '../../trace/events.ts';

export interface BenchPlan {
  readonly nodeCounts: readonly number[];
  readonly writeClients: readonly number[];
  /** The numbers of clients with which the peer is measured too. */
  readonly peerClients: readonly number[];
  readonly readClients: readonly number[];
  /** Before anything is counted: the first thousands of requests run in code that is not compiled yet. */
  readonly warmUpMs: number;
  /** Compared systems are measured in turns, so that a busy moment of the machine affects both. */
  readonly rounds: number;
  readonly roundMs: number;
  readonly roundWarmUpMs: number;
  /** Requests of redis-benchmark from whose rate the number of a first round is reckoned. */
  readonly outsideWarmUp: number;
  /** In each round of the primitives. */
  readonly commits: number;
  readonly roundTrips: number;
  readonly crashes: number;
  readonly startUps: number;
  readonly startUpPace: Pace;
  readonly largeValues: number;
  /** How long the nodes idle before their memory is read. */
  readonly idleMs: number;
  /** How long a simulated lab runs, in its own time, and how often it then goes back a step. */
  readonly simulatedMs: number;
  readonly stepsBack: number;
}

export const FULL_PLAN: BenchPlan = {
  nodeCounts: [3, 5],
  writeClients: [1, 16, 64, 256],
  peerClients: [1, 16, 64, 256],
  readClients: [1, 64],
  warmUpMs: 8000,
  rounds: 5,
  roundMs: 2000,
  roundWarmUpMs: 300,
  outsideWarmUp: 20_000,
  commits: 300,
  roundTrips: 1000,
  crashes: 50,
  startUps: 5,
  startUpPace: 'class',
  largeValues: 20,
  idleMs: 5000,
  simulatedMs: 600_000,
  stepsBack: 5,
};

export const QUICK_PLAN: BenchPlan = {
  nodeCounts: [3, 5],
  writeClients: [1, 16, 64, 256],
  peerClients: [1, 16, 64, 256],
  readClients: [1, 64],
  warmUpMs: 100,
  rounds: 1,
  roundMs: 200,
  roundWarmUpMs: 50,
  outsideWarmUp: 200,
  commits: 20,
  roundTrips: 20,
  crashes: 2,
  startUps: 1,
  startUpPace: 'fast',
  largeValues: 1,
  idleMs: 100,
  simulatedMs: 20_000,
  stepsBack: 2,
};
