/** Faults of disks: slow, full, gone. */
import { isJoint } from '../../raft/index.ts';
import { TICK_MICROS } from '../settings.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import type { Fault, FaultTools } from './fault.ts';

const SLOW_TICKS_MAX = 100;
const FULL_TICKS_MAX = 50;

/** Writes take many times as long. */
export const slowDisk: Fault = (tools, target) => {
  target.disk.slowness = tools.random.int(2, 20);
  tools.after(tools.random.int(1, SLOW_TICKS_MAX) * TICK_MICROS, () => {
    target.disk.slowness = 1;
  });
};

/** The disk is full for a while; the server stops by itself and is started again when there is room. */
export const fullDisk: Fault = (tools, target) => {
  target.disk.isFull = true;
  tools.after(tools.random.int(1, FULL_TICKS_MAX) * TICK_MICROS, () => {
    target.disk.isFull = false;
    tools.cluster.restart(target);
  });
};

/** The disk is gone, with the vote and the log on it: the server never comes back under its identifier. */
export const loseDisk: Fault = (tools, target) => {
  if (mayBeLost(tools, target)) {
    tools.cluster.lose(target);
  }
};

/**
 * Whether the others can continue without that server. Only one is lost at a time, out of at least three. No membership
 * change may be under way, because it could leave a majority of lost servers.
 */
export function mayBeLost({ cluster }: FaultTools, target: SimulatedNode): boolean {
  const { newestConfiguration } = cluster;
  const others = newestConfiguration.voters.filter((id) => id !== target.id);
  return (
    !isJoint(newestConfiguration) && !cluster.isChangeUnderWay() && others.length >= 2 &&
    others.every((id) => cluster.server(id)?.life !== 'lost')
  );
}
