/**
 * Membership changes as pure functions: simple and joint ones agree, errors leave everything as it was, entries can be
 * read back.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  configurationOf,
  decodeConfigurationChange,
  EMPTY_CONFIGURATION,
  encodeConfigurationChange,
  isJoint,
  LEAVE_JOINT,
  type SingleChange,
} from '../../src/raft/index.ts';
import {
  enterJoint,
  leaveJoint,
  type Membership,
  membershipOf,
  simpleChange,
} from '../../src/raft/membership.ts';
import { parseChanges } from './support/cluster.ts';

const CREATED = { lastIndex: 5, limits: { maxMessages: 10, maxBytes: 1000 } };

const singleChange: fc.Arbitrary<SingleChange> = fc.record({
  type: fc.constantFrom('add-voter', 'add-learner', 'remove', 'update'),
  id: fc.integer({ min: 0, max: 9 }),
});

/** A membership that grew from one voter by simple changes, whichever of them were possible. */
const membership: fc.Arbitrary<Membership> = fc.array(singleChange, { maxLength: 15 }).map((changes) => {
  const grow = (current: Membership, change: SingleChange): Membership =>
    attempt(() => simpleChange(current, [change], CREATED)) ?? current;
  return changes.reduce<Membership>(grow, start());
});

function start(): Membership {
  return membershipOf(configurationOf([1]), CREATED);
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return undefined;
  }
}

function describeMembership({ configuration, progress }: Membership): unknown {
  return { configuration, progress: [...progress.values()].map(({ id, isLearner }) => [id, isLearner]) };
}

function keepsInvariants({ configuration, progress }: Membership): boolean {
  const { voters, votersOutgoing, learners, learnersNext } = configuration;
  const members = new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]);
  return (
    voters.length > 0 &&
    [...progress.keys()].join() === [...members].sort((a, b) => a - b).join() &&
    !learners.some((id) => voters.includes(id) || votersOutgoing.includes(id)) &&
    learnersNext.every((id) => votersOutgoing.includes(id)) &&
    [...progress.values()].every(({ id, isLearner }) => isLearner === learners.includes(id))
  );
}

describe('simple and joint changes', () => {
  it('come to the same members', () => {
    fc.assert(
      fc.property(membership, fc.array(singleChange, { maxLength: 6 }), (before, changes) => {
        // One by one, where each is allowed; all at once through joint consensus.
        const oneByOne = attempt(() =>
          changes.reduce((current, change) => simpleChange(current, [change], CREATED), before),
        );
        fc.pre(oneByOne !== undefined);
        const joint = enterJoint(before, false, changes, CREATED);
        expect(isJoint(joint.configuration)).toBe(true);
        expect(joint.configuration.votersOutgoing).toEqual(before.configuration.voters);
        expect(describeMembership(leaveJoint(joint))).toEqual(describeMembership(oneByOne));
      }),
      { numRuns: 2000 },
    );
  });

  it('keep every invariant of a configuration', () => {
    fc.assert(
      fc.property(membership, fc.array(singleChange, { maxLength: 6 }), (before, changes) => {
        const joint = attempt(() => enterJoint(before, true, changes, CREATED));
        fc.pre(joint !== undefined);
        return keepsInvariants(joint) && keepsInvariants(leaveJoint(joint));
      }),
      { numRuns: 2000 },
    );
  });

  it('leave the membership as it was when they fail', () => {
    fc.assert(
      fc.property(membership, fc.array(singleChange, { maxLength: 6 }), (before, changes) => {
        const description = JSON.stringify(describeMembership(before));
        const after = attempt(() => simpleChange(before, changes, CREATED));
        fc.pre(after === undefined);
        expect(JSON.stringify(describeMembership(before))).toBe(description);
      }),
      { numRuns: 2000 },
    );
  });

  it('a configuration that was stored is restored as it was', () => {
    fc.assert(
      fc.property(membership, fc.array(singleChange, { maxLength: 6 }), (before, changes) => {
        const joint = attempt(() => enterJoint(before, true, changes, CREATED)) ?? before;
        expect(describeMembership(membershipOf(joint.configuration, CREATED))).toEqual(describeMembership(joint));
      }),
      { numRuns: 2000 },
    );
  });

  it('one that contradicts itself is refused', () => {
    const broken = [
      { ...configurationOf([1, 2]), learners: [2] },
      { ...configurationOf([1, 2]), learnersNext: [2] },
      { ...configurationOf([1, 2]), autoLeave: true },
    ];
    for (const configuration of broken) {
      expect(() => membershipOf(configuration, CREATED)).toThrow(ConfigurationError);
    }
    expect(membershipOf(EMPTY_CONFIGURATION, CREATED).progress.size).toBe(0);
  });

  it('a simple change is of one voter: to put one in another’s place is two, which need a joint configuration', () => {
    const before = membershipOf(configurationOf([1, 2, 3], [4]), CREATED);
    expect(() => simpleChange(before, parseChanges('v4 r3'), CREATED)).toThrow('more than one voter');
    expect(simpleChange(before, parseChanges('v4 l5'), CREATED).configuration).toMatchObject({
      voters: [1, 2, 3, 4], learners: [5],
    });
  });

  it('a member that stays keeps its progress, one that comes back starts anew', () => {
    const before = membershipOf(configurationOf([1, 2]), CREATED);
    before.progress.get(2)!.matchIndex = 4;
    const demoted = simpleChange(before, parseChanges('l2'), CREATED);
    expect(demoted.progress.get(2)).toMatchObject({ matchIndex: 4, isLearner: true });
    const removed = simpleChange(demoted, parseChanges('r2'), CREATED);
    const back = simpleChange(removed, parseChanges('v2'), CREATED);
    expect(back.progress.get(2)).toMatchObject({ matchIndex: 0, isLearner: false, recentActive: true });
  });
});

describe('the data of a configuration entry', () => {
  it('can be read back', () => {
    fc.assert(
      fc.property(
        fc.array(singleChange, { maxLength: 5 }),
        fc.constantFrom('auto', 'joint-implicit', 'joint-explicit'),
        fc.option(fc.string(), { nil: undefined }),
        (changes, transition, context) => {
          const change = { transition, changes, ...(context === undefined ? {} : { context }) } as const;
          expect(decodeConfigurationChange(encodeConfigurationChange(change))).toEqual(change);
        },
      ),
    );
  });

  it('of the end of joint consensus is no bytes at all, which no limit refuses', () => {
    expect(encodeConfigurationChange(LEAVE_JOINT)).toHaveLength(0);
  });

  it.each([
    'nothing',
    '[]',
    '{"transition":"auto"}',
    '{"transition":"soon","changes":[]}',
    '{"transition":"auto","changes":[{"type":"add-voter","id":-1}]}',
    '{"transition":"auto","changes":[{"type":"add-voter","id":"1"}]}',
    '{"transition":"auto","changes":[],"context":7}',
  ])('that makes no sense is refused: %s', (data) => {
    expect(() => decodeConfigurationChange(new TextEncoder().encode(data))).toThrow(ConfigurationError);
  });

  it('that is no text is refused', () => {
    expect(() => decodeConfigurationChange(new Uint8Array([0xff, 0xfe]))).toThrow(ConfigurationError);
  });
});
