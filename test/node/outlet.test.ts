/** What is posted between threads: in order, together, and at once when the thread is about to stand still. */
import { expect, test } from 'vitest';
import { Outlet } from '../../src/node/outlet.ts';

function setUp(): { readonly outlet: Outlet<string>; readonly sent: readonly (readonly string[])[] } {
  const sent: (readonly string[])[] = [];
  return { outlet: new Outlet((messages) => sent.push(messages)), sent };
}

test('what is posted in one go is one message, in order', async () => {
  const { outlet, sent } = setUp();
  outlet.post('a');
  outlet.post('b');
  expect(sent).toEqual([]);
  await Promise.resolve();
  expect(sent).toEqual([['a', 'b']]);
  outlet.post('c');
  await Promise.resolve();
  expect(sent).toEqual([['a', 'b'], ['c']]);
});

test('what settled promises post joins in', async () => {
  const { outlet, sent } = setUp();
  const promises = ['a', 'b', 'c'].map(async (message) => {
    await Promise.resolve();
    outlet.post(message);
  });
  await Promise.all(promises);
  expect(sent).toEqual([['a', 'b', 'c']]);
});

test('a flush sends at once, and nothing twice', async () => {
  const { outlet, sent } = setUp();
  outlet.post('a');
  outlet.flush();
  expect(sent).toEqual([['a']]);
  outlet.flush();
  await Promise.resolve();
  expect(sent).toEqual([['a']]);
});

test('what is posted while a message is sent goes with the next one', async () => {
  const sent: (readonly string[])[] = [];
  const outlet = new Outlet<string>((messages) => {
    sent.push(messages);
    if (messages.includes('a')) {
      outlet.post('b');
    }
  });
  outlet.post('a');
  await Promise.resolve();
  await Promise.resolve();
  expect(sent).toEqual([['a'], ['b']]);
});
