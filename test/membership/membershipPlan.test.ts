/** The plan that brings a configuration where the lab wants it, and what the lab refuses: by views alone. */
import { describe, expect, it } from 'vitest';
import { CatchUpRounds } from '../../src/membership/catchUp.ts';
import { planMembership, votersAfter } from '../../src/membership/membership.ts';
import type { PlanInput } from '../../src/membership/membership.ts';
import type { Wish } from '../../src/membership/wish.ts';
import { checkChange, checkedLeader, checkWipe, toleranceWords } from '../../src/membership/membershipRefusals.ts';
import type { DataSight, DataState } from '../../src/membership/votersData.ts';
import type { SingleChange } from '../../src/raft/index.ts';
import type { Configuration } from '../../src/raft/types.ts';
import { started, Trace } from '../trace/events.ts';

const wish = (id: number, member: Wish['member'] = 'voter', replaces: number | null = null): Wish =>
  ({ id, member, replaces });
const configurationOf = (changes: Partial<Configuration>): Configuration =>
  ({ voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false, ...changes });

/** Running nodes of which n1 leads under a configuration. */
function cluster(ids: readonly number[], configuration: Partial<Configuration>, leader = 1): Trace {
  const trace = new Trace();
  for (const id of ids) trace.add(id, started(id));
  trace.add(leader, {
    type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader,
    votes: [], voterCount: 0, reason: '',
  });
  trace.add(leader, { type: 'configurationChanged', configuration: configurationOf(configuration) });
  return trace;
}

function plan(trace: Trace, wishes: readonly Wish[], more: Partial<PlanInput> = {}) {
  return planMembership({ ...sight(trace, wishes), hasCaughtUp: () => true, mayTransfer: true, ...more });
}

/** What the lab knows; a node's data is there unless `data` says something else. */
function sight(trace: Trace, wishes: readonly Wish[], data: readonly (readonly [number, DataState])[] = []): DataSight {
  return { view: trace.view, wishes, data: new Map([...wishes.map(({ id }) => [id, 'held'] as const), ...data]) };
}

/** The leader n1 says whether it has heard lately from a node. */
function hears(trace: Trace, id: number, isHeard: boolean): void {
  trace.add(1, {
    type: 'progressChanged',
    progress: {
      id, state: 'replicate', matchIndex: 0, nextIndex: 1, isLearner: false, recentActive: isHeard,
      silent: !isHeard, inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false,
    },
  });
}

const changes = (...list: readonly (readonly [type: string, id: number])[]) =>
  ({ leader: 'n1', change: { transition: 'auto', changes: list.map(([type, id]) => ({ type, id })) } });

describe('planMembership', () => {
  it('has nothing to do where all is as wanted', () => {
    const trace = cluster([1, 2, 3], { voters: [1, 2], learners: [3] });
    expect(plan(trace, [wish(1), wish(2), wish(3, 'learner')])).toEqual({ steps: [], ask: undefined, gone: [] });
  });

  it('takes a new node in as a learner, waits until it has caught up, makes it a voter', () => {
    const wishes = [wish(1), wish(2)];
    expect(plan(cluster([1, 2], { voters: [1] }), wishes).ask).toEqual(changes(['add-learner', 2]));
    const learning = cluster([1, 2], { voters: [1], learners: [2] });
    const waiting = plan(learning, wishes, { hasCaughtUp: () => false });
    expect(waiting).toMatchObject({ ask: undefined, steps: [{ id: 2, step: 'catching-up' }] });
    expect(plan(learning, wishes)).toMatchObject({
      ask: changes(['add-voter', 2]), steps: [{ id: 2, type: 'nodeJoining', step: 'promoting' }],
    });
  });

  it('does not make a voter of a learner that is down where nothing could be committed then', () => {
    const trace = cluster([1, 2], { voters: [1], learners: [2] });
    trace.add(2, { type: 'nodeCrashed' });
    expect(plan(trace, [wish(1), wish(2)])).toMatchObject({ ask: undefined, steps: [{ step: 'catching-up' }] });
  });

  it('a wiped node takes its own place; incarnations that nobody is any more are removed', () => {
    const trace = cluster([1, 2, 1003], { voters: [1, 2, 3] });
    expect(plan(trace, [wish(1), wish(2), wish(1003)]).ask).toEqual(changes(['remove', 3], ['add-learner', 1003]));
    const stranger = cluster([1, 2], { voters: [1, 2, 2005] });
    expect(plan(stranger, [wish(1), wish(2)]).ask).toEqual(changes(['remove', 2005]));
  });

  it('replaces in one joint change, when the new node has caught up', () => {
    const trace = cluster([1, 2, 3, 4], { voters: [1, 2, 3], learners: [4] });
    const wishes = [wish(1), wish(2), wish(3, 'leaving'), wish(4, 'voter', 3)];
    const early = plan(trace, wishes, { hasCaughtUp: () => false });
    expect(early.ask).toBeUndefined();
    expect(early.steps).toMatchObject([
      { id: 3, type: 'nodeLeaving', step: 'waiting', detail: 'n3 stays until n4 can take its place' },
      { id: 4, step: 'catching-up' },
    ]);
    expect(plan(trace, wishes).ask).toEqual(changes(['add-voter', 4], ['remove', 3]));
    const joint = cluster([1, 2, 3, 4], { voters: [1, 2, 4], votersOutgoing: [1, 2, 3], autoLeave: true });
    expect(plan(joint, wishes)).toMatchObject({ ask: undefined, gone: [] });
    const after = cluster([1, 2, 3, 4], { voters: [1, 2, 4] });
    expect(plan(after, wishes)).toMatchObject({ ask: undefined, gone: [3] });
  });

  it('a learner that replaces a learner only has to catch up', () => {
    const trace = cluster([1, 2, 3], { voters: [1], learners: [2, 3] });
    const wishes = [wish(1), wish(2, 'leaving'), wish(3, 'learner', 2)];
    expect(plan(trace, wishes, { hasCaughtUp: () => false }).ask).toBeUndefined();
    expect(plan(trace, wishes).ask).toEqual(changes(['remove', 2]));
  });

  it('a leader that is to go hands over to the voter that is closest; when that fails, it goes as it is', () => {
    const trace = cluster([1, 2, 3], { voters: [1, 2, 3] });
    const at = (id: number, matchIndex: number) => trace.add(1, {
      type: 'progressChanged',
      progress: {
        id, state: 'replicate', matchIndex, nextIndex: matchIndex + 1, isLearner: false, recentActive: true,
        silent: false, inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false,
      },
    });
    at(2, 5);
    at(3, 9);
    const wishes = [wish(1, 'leaving'), wish(2), wish(3)];
    expect(plan(trace, wishes)).toMatchObject({
      ask: { leader: 'n1', transferTo: 3 }, steps: [{ id: 1, type: 'nodeLeaving', step: 'handing-over' }],
    });
    expect(plan(trace, wishes, { mayTransfer: false }).ask).toEqual(changes(['remove', 1]));
    // The closest one is on its way out itself.
    expect(plan(trace, [wish(1, 'learner'), wish(2), wish(3, 'leaving')], { mayTransfer: true }).ask)
      .toEqual({ leader: 'n1', transferTo: 2 });
  });

  it('a voter stays while the others could not commit without it', () => {
    const trace = cluster([1, 2, 3], { voters: [1, 2, 3] });
    trace.add(2, { type: 'nodeCrashed' });
    expect(plan(trace, [wish(1), wish(2), wish(3, 'leaving')])).toMatchObject({
      ask: undefined, steps: [{ id: 3, step: 'waiting' }],
    });
    expect(plan(trace, [wish(1), wish(2, 'leaving'), wish(3)]).ask).toEqual(changes(['remove', 2]));
  });

  it('adds before it promotes, promotes before it demotes, demotes before it removes', () => {
    const trace = cluster([1, 2, 3, 4, 5, 6], { voters: [1, 2, 3, 5], learners: [4] });
    const wishes = [wish(1), wish(2, 'leaving'), wish(3, 'learner'), wish(4), wish(5), wish(6)];
    expect(plan(trace, wishes).ask).toEqual(changes(['add-learner', 6]));
    expect(plan(trace, wishes.slice(0, 5)).ask).toEqual(changes(['add-voter', 4]));
    const promoted = cluster([1, 2, 3, 4, 5], { voters: [1, 2, 3, 4, 5] });
    expect(plan(promoted, wishes.slice(0, 5)).ask).toEqual(changes(['add-learner', 3]));
  });

  it('without a leader whoever is on its way waits, and says for what', () => {
    const trace = cluster([1, 2, 3, 4], { voters: [1, 2, 3] });
    trace.add(1, { type: 'nodeCrashed' });
    trace.add(2, { type: 'nodeCrashed' });
    const { steps, ask } = plan(trace, [wish(1), wish(2), wish(3, 'leaving'), wish(4)]);
    expect(ask).toBeUndefined();
    expect(steps).toMatchObject([
      { id: 3, type: 'nodeLeaving', step: 'waiting' },
      { id: 4, type: 'nodeJoining', step: 'waiting' },
    ]);
    expect(steps[1]?.detail).toContain('1 of 3 voters run, 2 are needed');
  });
});

describe('checkChange', () => {
  const three = [wish(1), wish(2), wish(3)];

  it('lets go what can go', () => {
    const trace = cluster([1, 2, 3], { voters: [1, 2, 3] });
    for (const action of ['remove', 'demote', 'replace'] as const) {
      checkChange(action, 'n3', wish(3), sight(trace, three));
    }
    expect(toleranceWords(trace.view)).toBe('3 voters, 2 make a majority: 1 may fail');
  });

  it('refuses to cut off the majority: what cannot be reached does not count', () => {
    const trace = cluster([1, 2, 3], { voters: [1, 2, 3] });
    hears(trace, 2, false);
    expect(() => checkChange('remove', 'n3', wish(3), sight(trace, three)))
      .toThrow('1 of 2 voters can be reached, 2 are needed (missing: n2)');
    checkChange('remove', 'n2', wish(2), sight(trace, three));
  });

  it('counts what is on its way already', () => {
    const trace = cluster([1, 2], { voters: [1, 2] });
    const wishes = [wish(1, 'leaving'), wish(2)];
    expect(() => checkChange('remove', 'n2', wish(2), sight(trace, wishes))).toThrow('n2 is the only voter');
    expect(() => checkChange('remove', 'n1', wish(1, 'leaving'), sight(trace, wishes)))
      .toThrow('n1 is being removed already');
  });

  it('a node that takes the place of another can only be removed until then', () => {
    const trace = cluster([1, 2, 3, 4], { voters: [1, 2, 3], learners: [4] });
    const wishes = [...three.slice(0, 2), wish(3, 'leaving'), wish(4, 'voter', 3)];
    expect(() => checkChange('demote', 'n4', wish(4, 'voter', 3), sight(trace, wishes)))
      .toThrow('n4 is taking the place of n3: wait until it has, or remove n4');
    checkChange('remove', 'n4', wish(4, 'voter', 3), sight(trace, wishes));
  });
});

describe('checkWipe', () => {
  const three = [wish(1), wish(2), wish(3)];
  const whole = (): Trace => cluster([1, 2, 3], { voters: [1, 2, 3] });

  it('lets a node go whose data the others have', () => {
    checkWipe('n3', 3, sight(whole(), three));
    const learning = cluster([1, 2, 3, 4], { voters: [1, 2, 3], learners: [4] });
    checkWipe('n4', 4, sight(learning, [...three, wish(4, 'learner')]));
  });

  it.each([
    ['was wiped', [wish(1), wish(1002), wish(3)], [] as const, 'n2 was wiped'],
    ['lost its file', three, [[2, 'lost']] as const, 'the file of n2 is gone or damaged'],
    ['is on a machine that is away', three, [[2, 'unknown']] as const,
      'its machine is not connected, or it has failed'],
    ['is to go', [wish(1), wish(2, 'leaving'), wish(3)], [] as const, 'n2 is giving up its vote'],
    ['is to be a learner', [wish(1), wish(2, 'learner'), wish(3)], [] as const, 'n2 is giving up its vote'],
  ])('does not count on a voter that %s', (_what, wishes, data, why) => {
    const now = sight(whole(), wishes, data);
    expect(() => checkWipe('n1', 1, now)).toThrow('would leave no majority with its data');
    expect(() => checkWipe('n1', 1, now)).toThrow(why);
    checkWipe('n2', 2, sight(whole(), three, [[2, 'lost']]));
  });

  it('asks both majorities while the configuration is joint', () => {
    const trace = cluster([1, 2, 3, 4, 5], { voters: [1, 4, 5], votersOutgoing: [1, 2, 3] });
    const wishes = [1, 2, 3, 4, 5].map((id) => wish(id));
    checkWipe('n1', 1, sight(trace, wishes));
    expect(() => checkWipe('n1', 1, sight(trace, wishes, [[3, 'lost']]))).toThrow('no majority');
  });

  it('without a leader goes by no configuration before every node with data has told of its own', () => {
    const trace = new Trace();
    trace.add(3, started(3));
    trace.add(3, { type: 'configurationChanged', configuration: configurationOf({ voters: [1, 2, 3] }) });
    const wishes = [wish(3), wish(4), wish(5)];
    expect(() => checkWipe('n4', 4, sight(trace, wishes)))
      .toThrow('no leader, and n4, n5 have not run since the lab was opened');
    checkWipe('n4', 4, sight(trace, wishes, [[4, 'lost']]));
    expect(() => checkWipe('n1', 1, sight(new Trace(), three))).toThrow('n1, n2, n3 have not run');
  });

  it('where the majority is gone says so, and what is left', () => {
    const gone = sight(whole(), [wish(1), wish(1002), wish(1003)]);
    expect(() => checkWipe('n1', 1, gone)).toThrow('of the voters n1, n2, n3 only n1 has data left, 2 are needed, '
      + 'and no leader can ever be elected again: what n1 holds can be read (stale reads), then delete the lab');
    const trace = whole();
    trace.add(1, { type: 'nodeCrashed' });
    const lost = sight(trace, three, [[1, 'lost'], [2, 'lost'], [3, 'lost']]);
    expect(() => checkedLeader(lost)).toThrow('none has data left, 2 are needed, and no leader can be elected without '
      + 'them: put raft.db of n1, n2, n3 back with its companions, and restart n1, n2, n3. If that cannot be done, '
      + 'delete the lab');
    // What was wiped does not come back.
    const mixed = sight(whole(), [wish(1), wish(1002), wish(3)], [[3, 'lost']]);
    expect(() => checkWipe('n1', 1, mixed)).toThrow('only n1 has data left, 2 are needed, and no leader can be elected '
      + 'without it: put raft.db of n3 back with its companions, and restart n3. If that cannot be done, what n1 holds '
      + 'can be read (stale reads), then delete the lab');
    const { steps } = plan(trace, [...three.slice(0, 2), wish(3, 'leaving')], { data: lost.data });
    expect(steps[0]?.detail).toContain('delete the lab');
    // A machine that is away may come back with its data.
    expect(() => checkedLeader(sight(trace, three, [[1, 'lost'], [2, 'unknown']]))).not.toThrow('delete the lab');
  });

  it('before any node has told who votes, says so', () => {
    expect(() => checkedLeader(sight(new Trace(), three))).toThrow(
      'no leader: it is not yet known which nodes vote: '
      + 'wait until n1, n2, n3, n4, n5 run, or restart them');
    const one = cluster([2], { voters: [1] }, 2);
    one.add(2, { type: 'nodeCrashed' });
    expect(() => checkedLeader(sight(one, [wish(1), wish(2)]))).toThrow(
      '0 of 1 voters can be reached, 1 is needed (missing: n1)');
  });

  it('a vote does not go where the others have lost their data', () => {
    const now = sight(whole(), three, [[2, 'lost']]);
    expect(() => checkChange('remove', 'n3', wish(3), now)).toThrow('the file of n2 is gone or damaged');
    expect(() => checkChange('demote', 'n3', wish(3), now)).not.toThrow('n3 is not a voter yet');
    expect(checkChange('remove', 'n2', wish(2), now)).toEqual([1, 3]);
  });
});

describe('votersAfter', () => {
  it('are those that a change leaves', () => {
    const configuration = configurationOf({ voters: [1, 2, 3], learners: [4] });
    const after = (...list: readonly SingleChange[]) =>
      votersAfter(configuration, { transition: 'auto', changes: list });
    expect(after({ type: 'add-voter', id: 4 }, { type: 'remove', id: 3 })).toEqual([1, 2, 4]);
    expect(after({ type: 'add-learner', id: 2 })).toEqual([1, 3]);
    expect(after({ type: 'update', id: 1 })).toEqual([1, 2, 3]);
  });
});

describe('CatchUpRounds (dissertation §4.2.1)', () => {
  const electionTimeoutMs = 100;

  it('a server that has everything has caught up', () => {
    expect(new CatchUpRounds().look(4, { matchIndex: 7, commitIndex: 7, nowMs: 0, electionTimeoutMs })).toBe(true);
  });

  it('under a steady stream of writes the first round that is short enough decides', () => {
    const rounds = new CatchUpRounds();
    const look = (matchIndex: number, commitIndex: number, nowMs: number) =>
      rounds.look(4, { matchIndex, commitIndex, nowMs, electionTimeoutMs });
    expect(look(0, 1000, 0)).toBe(false);
    expect(look(900, 1400, 400)).toBe(false);
    expect(look(1000, 1500, 500)).toBe(false); // the first round took 500 ms; the second is up to 1500
    expect(look(1499, 1560, 560)).toBe(false);
    expect(look(1500, 1570, 570)).toBe(true);
    rounds.keep([]);
    expect(look(1500, 1600, 600)).toBe(false);
  });
});
