/** A lab without client sessions: one entry a write, and a command that was sent again may be applied twice. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/raft/index.ts';
import { PAPER_VARIANT } from '../../../src/trace/variant.ts';
import { get, incr, Node } from './support.ts';

let node: Node;
beforeEach(() => {
  node = new Node(PAPER_VARIANT);
  node.requests.onLeader(2, 7);
});

/** What is proposed now gets into the cluster's log; this node does not hear of it. */
function lostInTheLog(): Entry[] {
  return node.requests.takeProposals().map((data) => node.log.append(data, 7));
}

/** So many ticks that what was proposed seems lost. */
function wait(): void {
  for (let at = 0; at < 20; at += 1) node.requests.tick();
}

describe('a plain command', () => {
  test('is one entry, without a registration before it', () => {
    const write = node.ask(incr('k'));
    node.carryOut();
    expect(node.answers.get(write)).toMatchObject({ index: 1, tries: 1, result: { type: 'number', value: 1 } });
    expect(node.answers.get(write)).not.toHaveProperty('mayHaveAppliedTimes');
  });

  test('whose answer was lost is sent again and applied twice, and its answer says so', () => {
    const write = node.ask(incr('k'));
    const [first] = lostInTheLog();
    wait();
    const [second] = lostInTheLog();
    if (first === undefined || second === undefined) throw new Error('it was not proposed twice');
    node.requests.onCommandApplied(first, node.log.apply(first));
    node.requests.onCommandApplied(second, node.log.apply(second));
    expect(node.log.machine.get('k')).toBe('2');
    expect(node.answers.get(write)).toMatchObject({ tries: 2, mayHaveAppliedTimes: 2, result: { value: 1 } });
    const answered = node.trace.told.find(({ type }) => type === 'clientAnswered');
    expect(answered).toMatchObject({ detail: expect.stringContaining('it may be applied twice') as string });
  });

  test('that is given up may take effect as often as it was sent', () => {
    const write = node.ask(incr('k'));
    lostInTheLog();
    wait();
    lostInTheLog();
    node.clock.advance(1500);
    expect(node.errors.get(write)).toMatchObject({
      code: 'unknown-outcome', message: expect.stringContaining('It may still take effect, perhaps 2 times') as string,
    });
  });

  test('that no leader took waits for no session', () => {
    const write = node.ask(incr('k'));
    node.clock.advance(1500);
    expect(node.errors.get(write)?.message).toContain('found no leader that took it');
  });
});

describe('a read that does not say how', () => {
  test('goes through the log as in the paper, and by read index once the lab says so', () => {
    const read = node.ask(get('k'));
    node.carryOut();
    expect(node.answers.get(read)).toMatchObject({ index: 1, read: { kind: 'log', readIndex: 1 } });
    node.requests.setDefaultRead('read-index');
    const other = node.ask(get('k'));
    node.confirmRead(1);
    node.requests.onApplied(1);
    expect(node.answers.get(other)).toMatchObject({ read: { kind: 'read-index', readIndex: 1 } });
  });

  test('by read index from a leader without an entry of its term says what must come first', () => {
    node.awaitsFirstProposal = true;
    const read = node.ask(get('k'), { read: 'read-index' });
    node.clock.advance(1500);
    expect(node.errors.get(read)?.message).toContain('without no-ops a write must come first');
  });
});
