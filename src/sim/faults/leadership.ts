/** Not faults at all for Raft, but hard on it: elections and transfers that nobody needs. */
import { TICK_MICROS } from '../settings.ts';
import type { Fault } from './fault.ts';

/** A server is asked to hand the leadership to some other, or to itself. */
export const transfer: Fault = (tools, target) => {
  const transferee = tools.random.pick(tools.cluster.memberIds());
  target.command((raft) => {
    raft.transferLeadership(transferee);
  });
};

/**
 * A server stands for election although nothing is wrong. Not where leaders rely on their lease: whoever has confirmed
 * one must wait for its timer.
 */
export const campaign: Fault = ({ cluster: { settings } }, target) => {
  if (settings.leaseReads && settings.checkQuorum) {
    return;
  }
  target.command((raft) => {
    raft.campaign();
  });
};

/** Another server stands for election at nearly the same time. */
export const duel: Fault = (tools, target) => {
  campaign(tools, target);
  const [rival] = tools.others(target);
  if (rival !== undefined) {
    tools.after(tools.random.int(0, TICK_MICROS), () => {
      campaign(tools, rival);
    });
  }
};
