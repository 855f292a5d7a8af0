/** What users and owners do at bad moments: all ask one server at once, the log is compacted. */
import { TICK_MICROS } from '../settings.ts';
import type { Fault } from './fault.ts';

const FLOCK_TICKS_MAX = 60;

/** All clients turn to one server, now and for a while. */
export const flock: Fault = ({ cluster, random }, target) => {
  cluster.favourite = target.id;
  for (const client of cluster.clients) {
    client.hurry();
  }
  cluster.schedule.after(random.int(1, FLOCK_TICKS_MAX) * TICK_MICROS, () => {
    if (cluster.favourite === target.id) {
      cluster.favourite = undefined;
    }
  });
};

/** A person asks for a snapshot and the shortest log. Nobody waits for the answer. */
export const compact: Fault = (_tools, target) => {
  target.handle({ type: 'compact', requestId: 0 });
};
