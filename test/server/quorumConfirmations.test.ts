/** Whether a leader hears a majority now: asked on the core's own cluster. */
import { expect, test } from 'vitest';
import { QuorumConfirmations } from '../../src/server/turn/quorumConfirmations.ts';
import type { Message, NodeId } from '../../src/raft/index.ts';
import { Cluster } from '../raft/support/cluster.ts';

const ELECTION_TIMEOUT_TICKS = 10;

/** A cluster whose server 1 leads and whose messages from and to it pass by the confirmations. */
function leading(voters: readonly NodeId[], learners: readonly NodeId[] = []) {
  const cluster = new Cluster({ voters, learners });
  cluster.elect(1);
  cluster.settle();
  const confirmations = new QuorumConfirmations(cluster.node(1));
  const answers: (readonly NodeId[])[] = [];
  let isHeard: (message: Message) => boolean = () => true;
  cluster.filter = (message) => {
    if (message.from === 1) {
      confirmations.noteSent(message);
    } else if (message.to === 1 && isHeard(message)) {
      // In the cluster a message is stepped after it was sent; nothing that matters here lies in between.
      confirmations.noteReceived(message);
    }
    return isHeard(message);
  };
  return {
    cluster,
    answers,
    confirmations,
    /** Only these servers and the leader hear each other from now on. */
    lose: (...ids: readonly NodeId[]) => {
      isHeard = ({ from, to }) => !ids.includes(from) && !ids.includes(to);
    },
    ask: (...asked: readonly NodeId[]) => {
      confirmations.ask(asked, (unheard) => answers.push(unheard));
      cluster.handle(1);
      cluster.settle();
    },
    run: (ticks: number) => {
      for (let tick = 0; tick < ticks; tick += 1) {
        cluster.tick();
        confirmations.tick();
        cluster.handle(1);
        cluster.settle();
      }
    },
  };
}

test('who answers a heartbeat of since then is heard', () => {
  const { ask, answers } = leading([1, 2, 3]);
  ask(1, 2);
  ask(2, 3);
  ask(1);
  expect(answers).toEqual([[], [], []]);
});

test('who is lost is named, after two election timeouts and not before', () => {
  const { ask, answers, lose, run } = leading([1, 2, 3]);
  lose(3);
  ask(1, 2);
  ask(1, 3);
  expect(answers).toEqual([[]]);
  run(2 * ELECTION_TIMEOUT_TICKS - 1);
  expect(answers).toEqual([[]]);
  run(1);
  expect(answers).toEqual([[], [3]]);
});

test('a heartbeat that is lost is not the end: another round is begun', () => {
  const { ask, answers, lose, run } = leading([1, 2, 3]);
  lose(2, 3);
  ask(1, 3);
  lose();
  run(5);
  expect(answers).toEqual([[]]);
});

test('answers to heartbeats of before do not count, however many come', () => {
  const { cluster, confirmations } = leading([1, 2, 3]);
  const sent: Message[] = [];
  cluster.filter = (message) => {
    sent.push(message);
    if (message.from === 1) confirmations.noteSent(message);
    return false;
  };
  cluster.node(1).readIndex(new Uint8Array([1]), true);
  cluster.handle(1);
  const early = sent.find((message) => message.type === 'Heartbeat' && message.to === 3);
  const answers: (readonly NodeId[])[] = [];
  confirmations.ask([1, 3], (unheard) => answers.push(unheard));
  cluster.handle(1);
  const late = sent.findLast((message) => message.type === 'Heartbeat' && message.to === 3);
  const answered = (message: Message | undefined): void => {
    if (message?.type === 'Heartbeat') {
      const { term, context } = message;
      confirmations.noteReceived({ type: 'HeartbeatResponse', from: 3, to: 1, term, context });
    }
  };
  answered(early);
  answered(early);
  expect(answers).toEqual([]);
  answered(late);
  expect(answers).toEqual([[]]);
});

test('a sole voter hears a learner that is to vote', () => {
  const { ask, answers, run } = leading([1], [2]);
  ask(1, 2);
  run(3);
  expect(answers).toEqual([[]]);
});

test('who does not lead, or leads no longer, hears nobody', () => {
  const { cluster, ask, answers, lose, run } = leading([1, 2, 3]);
  const follower = new QuorumConfirmations(cluster.node(2));
  follower.ask([1, 2], (unheard) => answers.push(unheard));
  expect(answers).toEqual([[1, 2]]);
  lose(2, 3);
  ask(1, 3);
  cluster.node(1).step({
    type: 'Heartbeat', from: 2, to: 1, term: cluster.node(1).status().term + 1, leaderCommit: 0,
    context: new Uint8Array(),
  });
  run(1);
  expect(answers).toEqual([[1, 2], [3]]);
});
