/** What docs/wire.md shows is what is on the wire: a node that is written from the page is understood. */
import { describe, expect, it } from 'vitest';
import type { CborValue } from '../../src/cbor/strict.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../../src/kv/commands.ts';
import { encodeKvEntry } from '../../src/kv/index.ts';
import { decodeConfigurationChange } from '../../src/raft/configuration.ts';
import type { Message } from '../../src/raft/types.ts';
import { DatagramSealer, joinKeysOf, labDigestOf, readJoinCode } from '../../src/wire/crypto.ts';
import { encodeMessage } from '../../src/wire/index.ts';
import { MESSAGE_TYPE_NUMBERS, messageFromArray, messageToArray } from '../../src/wire/messages.ts';
import { pageAt, sectionOf, tableOf } from '../docs/page.ts';

const page = pageAt('docs/wire.md');
/** The example's code blocks as bytes in hexadecimal. */
const shownBytes = [...sectionOf(page, '## An example').matchAll(/```\n([\s\S]*?)```/g)].map(([, block = '']) => block.replace(/\s/g, ''));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A row's fields in their order; `as RequestVote` stands for another row's. What is in brackets is a remark. */
function fieldsIn(cell = ''): readonly string[] {
  const other = /^as (\w+)$/.exec(cell)?.[1];
  if (other !== undefined) return fieldsIn(tableOf(page, 'type').find(([, type]) => type === other)?.[2]);
  return cell.replace(/\(.*\)/, '').split(',').map((field) => field.trim()).filter((field) => field !== '');
}

const BYTES = Uint8Array.of(1, 2, 3);
/** A value for each field that the page explains, as it is on the wire. */
const VALUES: Readonly<Record<string, CborValue>> = {
  prevLogIndex: 7, prevLogTerm: 2, leaderCommit: 6, answeredIndex: 7, rejected: true, hintIndex: 5, hintTerm: 1,
  lastLogIndex: 9, lastLogTerm: 2, leadershipTransfer: true, voteGranted: true, commitIndex: 8, commitTerm: 2,
  context: BYTES, promisedMs: 150, lastIncludedIndex: 7, lastIncludedTerm: 2, data: BYTES, needsRound: true,
  readIndex: 8, confirmedBy: 1, transferee: 3, configuration: [[1, 2], [1, 3], [4], [3], true],
};

function valueOf(field: string, type = ''): CborValue {
  if (field === 'entries') return type === 'AppendEntries' ? [[3, 0, BYTES], [3, 1, new Uint8Array()]] : [[0, BYTES]];
  return VALUES[field] ?? expect.unreachable(`the page does not explain ${field}`);
}

function fieldOf(message: Message, field: string): unknown {
  if (message.type === 'AppendEntriesResponse' && field === 'answeredIndex') {
    return message.rejected ? message.prevLogIndex : message.matchIndex;
  }
  const fields: object = message.type === 'InstallSnapshot' ? message.snapshot : message;
  return Object.entries(fields).find(([name]) => name === field)?.[1];
}

/** What a field of a message is on the wire, where the two differ. */
function onTheWire(value: unknown, message: Message): unknown {
  if (message.type === 'AppendEntries' && value === message.entries) {
    return message.entries.map(({ term, type, data }) => [term, type === 'command' ? 0 : 1, data]);
  }
  if (message.type === 'ForwardedProposal' && value === message.entries) {
    return message.entries.map(({ data }) => [0, data]);
  }
  if (message.type === 'InstallSnapshot' && value === message.snapshot.configuration) {
    return Object.values(message.snapshot.configuration);
  }
  return value === 'lease' ? 1 : value;
}

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
      rejected: false, matchIndex: 17,
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
    expect(tableOf(page, 'type').map(([number, type]) => [type, Number(number)]))
      .toEqual(Object.entries(MESSAGE_TYPE_NUMBERS));
  });

  it.each(tableOf(page, 'type'))('%s, %s, with the fields of its row, is read as they say', (number, type, row) => {
    const fields = fieldsIn(row);
    const [, withoutTerm = ''] = /Types ([\d, and]+) are not about a term/.exec(page) ?? [];
    const term = withoutTerm.split(/\D+/).includes(number) ? 0 : 3;
    const array = [Number(number), term, ...fields.map((field) => valueOf(field, type))];
    const message = messageFromArray(1, 2, array) ?? expect.unreachable(`[${fields.join(', ')}] is refused`);
    for (const field of fields) expect(onTheWire(fieldOf(message, field), message)).toEqual(valueOf(field, type));
    expect(messageToArray(message)).toEqual(array);
    if (fields.at(-1) === 'promisedMs') expect(messageFromArray(1, 2, array.slice(0, -1))).toMatchObject({ type });
    expect(messageFromArray(1, 2, [...array, 0]), 'nothing comes after them').toBeUndefined();
  });

  it('says what an acknowledgement is beside a rejection: the same fields, without a hint', () => {
    const acknowledgement = [MESSAGE_TYPE_NUMBERS.AppendEntriesResponse, 3, 7, false, 0, 0];
    const message = messageFromArray(2, 1, acknowledgement) ?? expect.unreachable('it is refused');
    expect(message).toEqual({ type: 'AppendEntriesResponse', from: 2, to: 1, term: 3, rejected: false, matchIndex: 7 });
    expect(messageToArray(message)).toEqual(acknowledgement);
    expect(messageFromArray(2, 1, acknowledgement.with(4, 5)), 'a hint with an acknowledgement').toBeUndefined();
  });

  it('shows a configuration entry that is one, and says that it may be empty', () => {
    const section = sectionOf(page, '## What a configuration entry holds');
    const [, shown = ''] = /```json\n(.*?)\n```/s.exec(section) ?? [];
    expect(decodeConfigurationChange(Buffer.from(shown))).toEqual(JSON.parse(shown));
    expect(decodeConfigurationChange(new Uint8Array())).toEqual({ transition: 'auto', changes: [] });
    expect(section).toContain('An entry without data leaves joint consensus');
    for (const word of section.matchAll(/`(add-[a-z]+|remove|update)`/g)) {
      const text = JSON.stringify({ transition: 'auto', changes: [{ type: word[1], id: 6 }] });
      expect(decodeConfigurationChange(Buffer.from(text)).changes).toHaveLength(1);
    }
  });

  it('states the limits', () => {
    expect(page).toContain(`1 to ${KEY_BYTES_MAX} bytes`);
    expect(page.replace(/\s/g, '')).toContain(`atmost${VALUE_BYTES_MAX},`);
  });
});
