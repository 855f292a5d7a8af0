// Who may send commands, with frames as Electron would describe them.
import { expect, test } from 'vitest';
import { isPageAddress, isTrustedSender } from '../../src/main/sender.ts';
import type { SenderFrame } from '../../src/main/sender.ts';

const ORIGIN = 'app://raftlab';
const top: SenderFrame = { url: 'app://raftlab/index.html', parent: null };

test('the window’s top frame on the page is trusted', () => {
  expect(isTrustedSender(top, top, ORIGIN)).toBe(true);
});

test('a frame that is gone is not', () => {
  expect(isTrustedSender(null, top, ORIGIN)).toBe(false);
});

test('with no window, nobody is', () => {
  expect(isTrustedSender(top, null, ORIGIN)).toBe(false);
  expect(isTrustedSender(null, null, ORIGIN)).toBe(false);
});

test('another window’s top frame is not, even on the same page', () => {
  expect(isTrustedSender({ ...top }, top, ORIGIN)).toBe(false);
});

test('a frame inside the page is not', () => {
  const inner: SenderFrame = { url: 'app://raftlab/index.html', parent: top };
  expect(isTrustedSender(inner, top, ORIGIN)).toBe(false);
  expect(isTrustedSender(inner, inner, ORIGIN)).toBe(false);
});

test.each([
  'https://raftlab/index.html', 'app://raftlab.example/', 'app://raftlabs', 'about:blank', 'file:///index.html', '',
  'http://app://raftlab/', 'data:text/html,app://raftlab/',
])('the top frame on %s is not', (url) => {
  const elsewhere: SenderFrame = { url, parent: null };
  expect(isTrustedSender(elsewhere, elsewhere, ORIGIN)).toBe(false);
  expect(isPageAddress(url, ORIGIN)).toBe(false);
});
