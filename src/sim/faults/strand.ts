/** A leader that is cut off with its clients, and comes back with a tail that nobody wants. */
import { TICK_MICROS } from '../settings.ts';
import type { Fault } from './fault.ts';
import { campaign } from './leadership.ts';
import { compact, flock } from './workload.ts';

/** The tail must be longer than what the others write meanwhile, or it is gone with what their snapshot covers. */
const STRANDED_TICKS_MAX = [8, 8, 40];

/**
 * All clients ask a server that no other hears, while another one leads. Most of the others shorten their logs before
 * it is heard again: then it gets a snapshot, on a log that has gone its own way (Raft §7).
 */
export const strand: Fault = (tools, target) => {
  const { cluster, random } = tools;
  const others = tools.others(target);
  const heal = cluster.network.cut(
    others.flatMap(({ id }) => [{ from: target.id, to: id }, { from: id, to: target.id }]),
  );
  flock(tools, target);
  tools.after(random.int(1, TICK_MICROS), () => {
    const [rival] = others;
    if (rival !== undefined) campaign(tools, rival);
  });
  tools.after(random.int(2, random.pick(STRANDED_TICKS_MAX)) * TICK_MICROS, () => {
    for (const other of others) {
      if (random.chance(0.8)) compact(tools, other);
    }
    tools.after(random.int(1, TICK_MICROS), heal);
  });
};
