// What main tells the window: nothing is sent to a page that does not listen, and nothing is lost for it.
import { expect, test } from 'vitest';
import type { WindowSignal } from '../../src/contract/answers.ts';
import { SignalQueue } from '../../src/main/signals.ts';

const notice = (message: string): WindowSignal => ({ type: 'notice', level: 'warning', message });

function recorded() {
  const sent: WindowSignal[] = [];
  return { sent, queue: new SignalQueue((signal) => { sent.push(signal); }) };
}

test('signals wait for the page and then go at once', () => {
  const { sent, queue } = recorded();
  queue.tell(notice('early'));
  expect(sent).toEqual([]);
  queue.begin();
  queue.tell(notice('late'));
  expect(sent).toEqual([notice('early'), notice('late')]);
});

test('after a reload they wait again, and none is sent twice', () => {
  const { sent, queue } = recorded();
  queue.begin();
  queue.tell(notice('one'));
  queue.pause();
  queue.tell(notice('two'));
  expect(sent).toHaveLength(1);
  queue.begin();
  expect(sent).toEqual([notice('one'), notice('two')]);
});

test('the first ones of a flood are kept', () => {
  const { sent, queue } = recorded();
  for (let count = 1; count <= 1000; count++) queue.tell(notice(String(count)));
  queue.begin();
  expect(sent).toHaveLength(16);
  expect(sent[0]).toEqual(notice('1'));
});
