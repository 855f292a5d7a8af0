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

/** Takes a snapshot now, and discards the log before it except for a few entries. */
export const compact: Fault = ({ random }, target) => {
  target.compact(random.int(0, 3));
};
