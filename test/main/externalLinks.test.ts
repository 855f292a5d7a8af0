// The links that may leave the app: a fixed list of https pages, compared whole.
import { expect, test } from 'vitest';
import { EXTERNAL_LINKS, isExternalLink } from '../../src/main/externalLinks.ts';

test.each(Object.values(EXTERNAL_LINKS))('%s may be opened', (address) => {
  expect(new URL(address).protocol).toBe('https:');
  expect(isExternalLink(address)).toBe(true);
});

test.each([
  'http://raft.github.io/raft.pdf', 'https://raft.github.io/raft.pdf?x', 'https://raft.github.io.example/', '',
  'file:///etc/passwd', 'javascript:alert(1)', 'smb://raft.github.io/', 'constructor',
])('%s may not', (address) => {
  expect(isExternalLink(address)).toBe(false);
});
