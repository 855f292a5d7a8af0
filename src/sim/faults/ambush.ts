/**
 * Ambushes: a fault at the moment when a server does something important. Random times seldom hit the short periods in
 * which Raft's promises are made, but Raft's rules exist for those periods.
 */
import type { RaftEvent, Role } from '../../raft/index.ts';
import type { Random } from '../random.ts';
import type { Micros } from '../schedule.ts';
import type { FaultName } from './names.ts';

/** What may set off an ambush. */
export const MOMENTS = [
  'stands', 'votes', 'leads', 'steps-down', 'leader-appends', 'follower-appends', 'leader-commits', 'receives-snapshot',
  'installs-snapshot', 'proposes-change', 'changes-members',
] as const;

export type Moment = (typeof MOMENTS)[number];

export interface Ambush {
  readonly at: Moment;
  readonly fault: FaultName;
  /** The probability that it goes off when its moment comes. */
  readonly chance: number;
  /** The fault follows within this time: 0 is before anything else happens, but after messages have left. */
  readonly delayMicrosMax: Micros;
  /** Which server it hits: the one whose moment it is, or another. */
  readonly hits: 'self' | 'other';
}

/** The moment that an event of a server marks, if any. */
export function momentOf({ role }: { readonly role: Role }, event: RaftEvent): Moment | undefined {
  switch (event.type) {
    case 'roleChanged':
      return momentOfRole(event);
    case 'voteGranted':
      return event.preVote ? undefined : 'votes';
    case 'entriesAppended':
      return momentOfAppend(role, event);
    case 'commitAdvanced':
      return role === 'leader' ? 'leader-commits' : undefined;
    case 'snapshotRestored':
      return 'installs-snapshot';
    case 'configurationChanged':
      return role === 'leader' ? 'changes-members' : undefined;
    default:
      return undefined;
  }
}

function momentOfAppend(role: Role, { entries }: RaftEvent & { type: 'entriesAppended' }): Moment {
  if (role !== 'leader') return 'follower-appends';
  return entries.some(({ type }) => type === 'configuration') ? 'proposes-change' : 'leader-appends';
}

function momentOfRole({ role, previousRole }: RaftEvent & { type: 'roleChanged' }): Moment | undefined {
  if (role === 'leader') return 'leads';
  if (role === 'candidate') return 'stands';
  return previousRole === 'leader' ? 'steps-down' : undefined;
}

/** Ambushes at moments that come with every write go off less often: otherwise nothing else would ever happen. */
const FREQUENT: readonly Moment[] = ['leader-appends', 'follower-appends', 'leader-commits'];

export function drawAmbush(random: Random, at: readonly Moment[], faults: readonly FaultName[]): Ambush {
  const moment = random.pick(at);
  return {
    at: moment,
    fault: random.pick(faults),
    chance: random.pick(FREQUENT.includes(moment) ? [0.01, 0.03, 0.1] : [0.1, 0.3, 0.6]),
    delayMicrosMax: random.pick([0, 0, 500, 5_000, 50_000]),
    hits: random.chance(0.8) ? 'self' : 'other',
  };
}
