/** Elections and transfers that nobody needs: not faults for Raft, but hard on it. */
import { TICK_MICROS } from '../settings.ts';
import type { Fault } from './fault.ts';

/** A server is asked to hand the leadership to some other, or to itself. */
export const transfer: Fault = (tools, target) => {
  const transferee = tools.random.pick(tools.cluster.memberIds());
  target.command((raft) => {
    raft.transferLeadership(transferee);
  });
};

/** A server stands for election although nothing is wrong. */
export const campaign: Fault = (_tools, target) => {
  target.command((raft) => {
    raft.campaign();
  });
};

/** Followers forget their leader, as when somebody asks for another one. */
export const forgetLeader: Fault = (tools, target) => {
  for (const server of tools.others(target).slice(0, tools.random.int(1, tools.cluster.memberIds().length))) {
    server.command((raft) => {
      raft.forgetLeader();
    });
  }
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
