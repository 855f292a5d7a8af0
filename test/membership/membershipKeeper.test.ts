/** What is asked of whom: the keeper on a view and leaders that the test speaks for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { leaderCalls } from '../../src/lab/membership/leaderRequests.ts';
import type { LeaderRequests } from '../../src/lab/membership/leaderRequests.ts';
import { until } from '../../src/lab/membership/until.ts';
import type { Wish } from '../../src/membership/wish.ts';
import { MembershipKeeper } from '../../src/membership/membershipKeeper.ts';
import { MACHINE_CLOCK } from '../../src/node/machine.ts';
import type { ConfigurationChange } from '../../src/raft/index.ts';
import { started, Trace } from '../trace/events.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const wish = (id: number, member: Wish['member'] = 'voter'): Wish => ({ id, member, replaces: null });
const words = ({ changes }: ConfigurationChange): string => changes.map(({ type, id }) => `${type} ${id}`).join(', ');

/** A keeper of nodes 1 to 4, of which 1 leads and 1 to 3 vote; what is asked ends as `answer` says. */
function keeping(wishes: readonly Wish[], answer: (asked: string) => Promise<unknown>) {
  const trace = new Trace();
  const asked: string[] = [];
  const gone: number[] = [];
  const steps: string[] = [];
  const ask = async (text: string): Promise<void> => {
    asked.push(text);
    await answer(text);
  };
  const leader: LeaderRequests = {
    change: (name, change) => ask(`${name}: ${words(change)}`),
    confirmQuorum: (name, voters) => ask(`${name}: hear ${voters.join(' ')}`),
    transfer: async (name, to) => {
      await ask(`${name}: transfer to ${to}`);
      return { leader: 'n2', term: 3, totalMs: 1 };
    },
  };
  const lead = (id: number, term: number): void => {
    trace.add(id, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id, votes: [], voterCount: 0,
      reason: '',
    });
    configure(id, [1, 2, 3]);
  };
  const configure = (id: number, voters: readonly number[], learners: readonly number[] = []): void => {
    const configuration = { voters, votersOutgoing: [], learners, learnersNext: [], autoLeave: false };
    trace.add(id, { type: 'configurationChanged', configuration });
  };
  for (const id of [1, 2, 3, 4]) trace.add(id, started(id));
  lead(1, 2);
  const keeper = new MembershipKeeper({
    view: trace.view,
    wishes: () => wishes,
    data: () => new Map([1, 2, 3, 4].map((id) => [id, 'held'])),
    leader: leaderCalls(leader),
    clock: MACHINE_CLOCK,
    emit: ({ id, step }) => steps.push(`${id} ${step}`),
    onGone: (id) => gone.push(id),
  });
  return { trace, asked, gone, steps, keeper, lead, configure };
}

const never = (): Promise<never> => new Promise(() => undefined);
const refuse = (): Promise<never> => Promise.reject(new LabError('refused', 'n1 does not hear n2 at the moment'));

test('a change of the voters is asked for when the leader hears a majority of those that it leaves', async () => {
  const { keeper, asked, steps } = keeping([wish(1), wish(2), wish(3, 'leaving')], () => Promise.resolve());
  keeper.check();
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['n1: hear 1 2', 'n1: remove 3']);
  expect(steps).toEqual(['3 removing']);
});

test('who joins as a learner changes no voters', async () => {
  const { keeper, asked } = keeping([wish(1), wish(2), wish(3), wish(4)], () => Promise.resolve());
  keeper.check();
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['n1: add-learner 4']);
});

test('while it does not, the change is not asked for, and the leader is asked again', async () => {
  const { keeper, asked } = keeping([wish(1), wish(2), wish(3, 'leaving')], refuse);
  keeper.check();
  await vi.advanceTimersByTimeAsync(1200);
  expect(asked).toEqual(['n1: hear 1 2', 'n1: hear 1 2', 'n1: hear 1 2']);
});

test('the same is not asked for twice while it is under way, nor soon after', async () => {
  const under = keeping([wish(1), wish(2), wish(3), wish(4)], never);
  under.keeper.check();
  await vi.advanceTimersByTimeAsync(3000);
  expect(under.asked).toEqual(['n1: add-learner 4']);
  const done = keeping([wish(1), wish(2), wish(3), wish(4)], () => Promise.resolve());
  done.keeper.check();
  await vi.advanceTimersByTimeAsync(700);
  expect(done.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(700);
  expect(done.asked).toHaveLength(2);
});

test('a new leader is asked, whatever becomes of what was asked of the former one', async () => {
  const { keeper, asked, trace, lead } = keeping([wish(1), wish(2), wish(3), wish(4)], never);
  keeper.check();
  await vi.advanceTimersByTimeAsync(1);
  const paused = trace.add(1, { type: 'nodePaused' });
  lead(2, 3);
  keeper.onEvents([paused]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['n1: add-learner 4', 'n2: add-learner 4']);
});

test('a learner whose log is not being replicated has not caught up, however far it is', async () => {
  const all = [wish(1), wish(2), wish(3), wish(4)];
  const { keeper, asked, steps, trace, configure } = keeping(all, () => Promise.resolve());
  configure(1, [1, 2, 3], [4]);
  const progress = (state: 'probe' | 'replicate'): void => {
    trace.add(1, {
      type: 'progressChanged',
      progress: {
        id: 4, state, matchIndex: 9, nextIndex: 10, isLearner: true, recentActive: true, silent: false,
        inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false,
      },
    });
    keeper.check();
  };
  progress('probe');
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([]);
  progress('replicate');
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['n1: hear 1 2 3 4', 'n1: add-voter 4']);
  expect(steps).toEqual(['4 catching-up', '4 promoting']);
});

test('a leader that is to go and cannot hand over three times is removed as it is', async () => {
  const { keeper, asked } = keeping([wish(1, 'leaving'), wish(2), wish(3)], (text) => (
    text.includes('transfer') ? refuse() : Promise.resolve()));
  keeper.check();
  await vi.advanceTimersByTimeAsync(2100);
  expect(asked).toEqual([
    'n1: transfer to 2', 'n1: transfer to 2', 'n1: transfer to 2', 'n1: hear 2 3', 'n1: remove 1',
  ]);
});

test('who is gone is told of until the wish is; who waits hears when it is so, and when the lab closes', async () => {
  const { keeper, gone, configure } = keeping([wish(1), wish(2), wish(3, 'leaving')], never);
  const left = until(keeper, () => gone.length > 0, 60_000);
  configure(1, [1, 2]);
  keeper.check();
  expect(await left).toBe(true);
  await vi.advanceTimersByTimeAsync(600);
  expect(gone).toEqual([3, 3]);
  const late = until(keeper, () => false, 60_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await late).toBe(false);
  const closed = until(keeper, () => false, 60_000);
  keeper.close();
  expect(await closed).toBe(false);
  const count = gone.length;
  keeper.check();
  await vi.advanceTimersByTimeAsync(5000);
  expect(gone).toHaveLength(count);
});
