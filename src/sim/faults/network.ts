/** Faults of the network beyond those that any message may meet: cuts in one direction or both, slow links. */
import type { Link } from '../datagram.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { TICK_MICROS } from '../settings.ts';
import type { Fault, FaultTools } from './fault.ts';

const BRIEF_TICKS_MAX = 15;
const ISOLATED_TICKS_MAX = 120;
const PARTITIONED_TICKS_MAX = 120;
const SLOW_TICKS_MAX = 150;

/** Cuts links for a while. Overlapping cuts each end at their own time. */
function cutFor(tools: FaultTools, links: readonly Link[], ticks: number): void {
  tools.after(ticks * TICK_MICROS, tools.cluster.network.cut(links));
}

function bothWays(a: SimulatedNode, b: SimulatedNode): Link[] {
  return [{ from: a.id, to: b.id }, { from: b.id, to: a.id }];
}

/** A server loses contact with some of the others, or all: both ways, only outgoing, or only incoming. */
export const isolate: Fault = (tools, target) => {
  const { random } = tools;
  const others = tools.others(target);
  const lost = random.chance(0.6) ? others : others.slice(0, random.int(0, others.length));
  const out = lost.map(({ id }) => ({ from: target.id, to: id }));
  const back = lost.map(({ id }) => ({ from: id, to: target.id }));
  const links = random.pick([[...out, ...back], [...out, ...back], out, back]);
  cutFor(tools, links, tools.random.chance(0.5) ? random.int(1, BRIEF_TICKS_MAX) : random.int(1, ISOLATED_TICKS_MAX));
};

export const partition: Fault = (tools) => {
  const members = tools.members();
  const links = tools.random.pick([twoSides, bridge, singleLinks])(tools, members);
  cutFor(tools, links, tools.random.int(5, PARTITIONED_TICKS_MAX));
};

function between(side: readonly SimulatedNode[], otherSide: readonly SimulatedNode[]): Link[] {
  return side.flatMap((a) => otherSide.flatMap((b) => bothWays(a, b)));
}

function twoSides({ random }: FaultTools, members: readonly SimulatedNode[]): Link[] {
  const size = random.int(1, members.length);
  return between(members.slice(0, size), members.slice(size));
}

/** Two sides that both reach one server (Cloudflare's outage of November 2020). */
function bridge(_tools: FaultTools, [, ...others]: readonly SimulatedNode[]): Link[] {
  const size = Math.floor(others.length / 2);
  return between(others.slice(0, size), others.slice(size));
}

function singleLinks({ random }: FaultTools, members: readonly SimulatedNode[]): Link[] {
  const pairs = members.flatMap((from) => members.map((to) => ({ from: from.id, to: to.id })));
  return pairs.filter(({ from, to }) => from !== to && random.chance(0.3));
}

/** One server is far away: its messages take many times as long in both directions. */
export const slowLinks: Fault = (tools, target) => {
  const { network } = tools.cluster;
  network.slowDown(target.id, tools.random.int(2, 40));
  tools.after(tools.random.int(5, SLOW_TICKS_MAX) * TICK_MICROS, () => {
    network.slowDown(target.id, 1);
  });
};
