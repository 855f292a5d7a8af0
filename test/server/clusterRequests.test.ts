/** What the lab asks of a leader, on the core's own cluster: a change that is asked for twice is made once. */
import { expect, test } from 'vitest';
import { ClusterRequests } from '../../src/server/clients/clusterRequests.ts';
import type { Configuration, ConfigurationChange } from '../../src/raft/index.ts';
import { Cluster } from '../raft/support/cluster.ts';
import { TestClock } from './support.ts';

const REPLACE: ConfigurationChange = {
  transition: 'auto', changes: [{ type: 'add-voter', id: 4 }, { type: 'remove', id: 3 }],
};
const BACK: ConfigurationChange = {
  transition: 'auto', changes: [{ type: 'add-voter', id: 3 }, { type: 'add-learner', id: 4 }],
};

function leaderOfThree() {
  const cluster = new Cluster();
  cluster.elect(1);
  cluster.settle();
  const answers: string[] = [];
  const requests = new ClusterRequests(cluster.node(1), new TestClock(), {
    post: (answer) => {
      answers.push(`${answer.requestId} ${answer.type === 'requestFailed' ? answer.error.code : answer.type}`);
    },
  });
  const ask = (requestId: number, change: ConfigurationChange): void =>
    requests.ask({ type: 'changeConfiguration', requestId, change });
  const settle = (): Pick<Configuration, 'voters' | 'learners'> & { lastIndex: number } => {
    cluster.handle(1);
    cluster.settle();
    const { configuration: { voters, learners }, lastIndex } = cluster.node(1).status();
    return { voters, learners, lastIndex };
  };
  return { cluster, answers, ask, settle };
}

test('a change that has come about is not made again', () => {
  const { cluster, answers, ask, settle } = leaderOfThree();
  cluster.add(4);
  ask(1, REPLACE);
  const after = settle();
  expect(after).toMatchObject({ voters: [1, 2, 4], learners: [] });
  ask(2, REPLACE);
  expect(settle()).toEqual(after);
  ask(3, { transition: 'auto', changes: [{ type: 'remove', id: 3 }] });
  expect(settle()).toEqual(after);
  expect(answers).toEqual(['1 done', '2 done', '3 done']);
});

test('one that would still change anything is', () => {
  const { cluster, ask, settle } = leaderOfThree();
  cluster.add(4);
  ask(1, REPLACE);
  settle();
  ask(2, BACK);
  expect(settle()).toMatchObject({ voters: [1, 2, 3], learners: [4] });
});

test('a change that is asked for while it is under way has to wait', () => {
  const { cluster, answers, ask } = leaderOfThree();
  cluster.add(4);
  ask(1, REPLACE);
  ask(2, REPLACE);
  expect(answers).toEqual(['1 done', '2 busy']);
});

test('a leader that will commit nothing by itself says so, instead of that it hears nobody', () => {
  const cluster = new Cluster({ node: { noOp: false } });
  cluster.elect(1);
  cluster.settle();
  const errors: string[] = [];
  const requests = new ClusterRequests(cluster.node(1), new TestClock(), {
    post: (answer) => errors.push(answer.type === 'requestFailed' ? answer.error.message : answer.type),
  });
  requests.ask({ type: 'confirmQuorum', requestId: 1, voters: [1, 2, 3] });
  expect(errors).toEqual([
    'n1 has committed nothing in term 1, and without no-ops a write must do so first: write something',
  ]);
});
