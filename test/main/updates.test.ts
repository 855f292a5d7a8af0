// The check for updates, against a real server on this machine that stands in for the release host.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkForUpdate, isNewer, releasePage, updateWords } from '../../src/main/updates.ts';
import type { UpdateAnswer } from '../../src/main/updates.ts';

interface Seen {
  /** The addresses that were asked for, as the app gave them. */
  readonly addresses: string[];
  readonly answer: UpdateAnswer;
}

/** Asks a host that answers as `respond` does. */
async function ask(respond: (response: ServerResponse) => void, version = '0.1.0'): Promise<Seen> {
  const server = createServer((_request, response) => { respond(response); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); });
  const { port } = server.address() as AddressInfo;
  const addresses: string[] = [];
  const answer = await checkForUpdate({
    version,
    repository: 'somebody/raftlab',
    fetch: (address, options) => {
      addresses.push(address);
      return fetch(`http://127.0.0.1:${port}${new URL(address).pathname}`, options);
    },
  });
  return { addresses, answer };
}

const release = (tag: unknown) => (response: ServerResponse): void => {
  response.end(JSON.stringify({ tag_name: tag, body: 'What is new', assets: [] }));
};

test('a newer release is told, over https, with one question', async () => {
  const { addresses, answer } = await ask(release('v0.2.0'));
  expect(answer).toEqual({ type: 'newer', version: '0.2.0' });
  expect(addresses).toEqual(['https://api.github.com/repos/somebody/raftlab/releases/latest']);
  expect(updateWords(answer, '0.1.0').message).toBe('Raftlab 0.2.0 is available.');
  expect(releasePage('somebody/raftlab')).toBe('https://github.com/somebody/raftlab/releases/latest');
});

test.each(['v0.1.0', '0.0.9'])('%s is no newer than 0.1.0', async (tag) => {
  expect((await ask(release(tag))).answer).toEqual({ type: 'up-to-date' });
});

test.each([
  ['a tag that is no version', release('v0.2.0; rm -rf /')],
  ['a tag that is no text', release({ toString: 'v9.9.9' })],
  ['something that is not JSON', (response: ServerResponse) => { response.end('<html>Please log in</html>'); }],
  ['an answer without end', (response: ServerResponse) => { response.end('x'.repeat(300_000)); }],
  ['a refusal', (response: ServerResponse) => { response.writeHead(403).end(); }],
  ['a redirection', (response: ServerResponse) => { response.writeHead(302, { location: 'https://a.example/' }).end(); }],
  ['a connection that breaks', (response: ServerResponse) => { response.destroy(); }],
])('%s is told as “could not find out”', async (_name, respond) => {
  const { answer } = await ask(respond);
  expect(answer.type).toBe('unreachable');
  expect(updateWords(answer, '0.1.0').message).toBe('Raftlab could not find out.');
});

test('a build that no workflow made asks nobody', async () => {
  const answer = await checkForUpdate({
    version: '0.1.0', repository: null, fetch: () => Promise.reject(new Error('asked all the same')),
  });
  expect(answer).toEqual({ type: 'no-releases' });
});

test('versions are compared by number', () => {
  expect(isNewer('v0.10.0', '0.9.9')).toBe(true);
  expect(isNewer('1.0.0', '1.0.0')).toBe(false);
  expect(isNewer('0.9.9', '0.10.0')).toBe(false);
  expect(isNewer('1.0.0-beta.1', '0.1.0')).toBe(false);
});
