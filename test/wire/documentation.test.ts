/** What docs/wire.md shows is what is on the wire. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../../src/kv/commands.ts';
import { encodeKvEntry } from '../../src/kv/index.ts';
import { DatagramSealer, encodeMessage, joinKeysOf, labDigestOf, readJoinCode } from '../../src/wire/index.ts';
import { MESSAGE_TYPE_NUMBERS } from '../../src/wire/messages.ts';

const page = readFileSync(new URL('../../docs/wire.md', import.meta.url), 'utf8');
/** The page's code blocks as bytes in hexadecimal. */
const shownBytes = [...page.matchAll(/```\n([\s\S]*?)```/g)].map(([, block = '']) => block.replace(/\s/g, ''));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('docs/wire.md', () => {
  it('shows the bytes of its example', async () => {
    const data = encodeKvEntry({
      kind: 'request', client: 'n4', session: 5, sequence: 3, acknowledgedBelow: 2,
      command: { op: 'put', key: 'colour', value: 'red' },
    });
    const stamp = { labDigest: labDigestOf('default'), boot: 1, counter: 42 };
    const append = encodeMessage({
      type: 'AppendEntries', from: 1, to: 2, term: 3, prevLogIndex: 16, prevLogTerm: 3, leaderCommit: 16,
      entries: [{ term: 3, index: 17, type: 'command', data }],
    }, stamp);
    const answer = encodeMessage({
      type: 'AppendEntriesResponse', from: 2, to: 1, term: 3,
      matchIndex: 17, rejected: false, hintIndex: 0, hintTerm: 0,
    }, stamp);
    const { datagramSecret } = await joinKeysOf('00000-00000-00000');
    const sealer = new DatagramSealer(datagramSecret, 'default', 2, 1, Uint8Array.of(1, 2, 3, 4, 5, 6));
    const sealed = sealer.seal(answer, { sender: 2, receiver: 1, boot: 1, counter: 42 });
    expect(shownBytes).toEqual([hex(data), hex(append), hex(answer), hex(sealed)]);
  });

  it('shows a join code that is one', () => {
    const [, code = ''] = /look like `([^`]+)`/.exec(page) ?? [];
    expect(readJoinCode(code)).toEqual({ ok: true, code });
  });

  it('lists every message by its number', () => {
    const rows = Object.entries(MESSAGE_TYPE_NUMBERS).map(([type, number]) => `| ${number} | ${type} |`);
    for (const row of rows) expect(page).toContain(row);
  });

  it('states the limits', () => {
    expect(page).toContain(`1 to ${KEY_BYTES_MAX} bytes`);
    expect(page.replace(/\s/g, '')).toContain(`atmost${VALUE_BYTES_MAX},`);
  });
});
