/** Where a host is, as people write it: one reader for the command line, the console and the window. */
import { expect, test } from 'vitest';
import { labNameSchema } from '../../src/contract/commands.ts';
import { lanCommandSchemas, machineNameSchema, parseHostAddress } from '../../src/contract/lan.ts';
import { readableName } from '../../src/contract/names.ts';

const problemOf = (text: string): string => {
  const parsed = parseHostAddress(text);
  return 'problem' in parsed ? parsed.problem : `read as ${parsed.address} ${parsed.port}`;
};

test('an address is read with its port or without', () => {
  expect(parseHostAddress('192.168.1.20')).toEqual({ address: '192.168.1.20', port: 47_317 });
  expect(parseHostAddress(' 192.168.1.20:80 ')).toEqual({ address: '192.168.1.20', port: 80 });
  expect(parseHostAddress('10.0.0.1:1')).toEqual({ address: '10.0.0.1', port: 1 });
  expect(parseHostAddress('10.0.0.1:65535')).toEqual({ address: '10.0.0.1', port: 65_535 });
});

test.each([
  ['fe80::1', 'does not use IPv6'],
  ['::1', 'does not use IPv6'],
  ['[fe80::1]:47317', 'does not use IPv6'],
  ['2001:db8:0:0:0:0:0:1', 'does not use IPv6'],
  ['10.0.0.1:0', 'a port is a whole number from 1 to 65535; "0" is not one'],
  ['10.0.0.1:99999', 'a port is a whole number from 1 to 65535; "99999" is not one'],
  ['10.0.0.1:', 'a port is a whole number from 1 to 65535; "" is not one'],
  ['10.0.0.1:4e4', '"4e4" is not one'],
  ['10.0.0.1: 80', '" 80" is not one'],
  ['10.0.0.1:-1', '"-1" is not one'],
  ['10.0.0.1:47317:1', 'an address has at most one port'],
  ['A:47317:1', 'an address has at most one port'],
  ['A:47317', '"A" is not an IPv4 address, such as 192.168.1.20'],
  ['10.0.0.256', '"10.0.0.256" is not an IPv4 address'],
  ['10.0.0', '"10.0.0" is not an IPv4 address'],
  ['', '"" is not an IPv4 address'],
  [':47317', '"" is not an IPv4 address'],
])('%j is told what is wrong', (text, words) => {
  expect(problemOf(text)).toContain(words);
});

test.each([
  '\x1b[2J', 'a\nb', 'a\u2028b', 'a\u202Eb', 'a\u200Bb', '\u200B', 'a\uE000', 'a\uD800', '\x07a', 'a\x9Bb',
  '\u3164', '\u2800', '\u0301', '\u115F\uFE0F',
])('a name that cannot be shown as it is names no lab and no machine: %j', (name) => {
  for (const schema of [labNameSchema, machineNameSchema]) {
    const message = schema.safeParse(name).error?.issues[0]?.message;
    expect(message).toMatch(/^a (lab|machine)'s name has .*: type it anew$/);
  }
  expect(labNameSchema.safeParse(readableName(name, 60, 'lab')).success).toBe(true);
});

test('a name in any writing is one', () => {
  for (const name of ['Room 12', 'Übungsraum', '教室', 'غرفة', 'e\u0301', '☕', '🧪', '❤\uFE0F', '…']) {
    expect(labNameSchema.parse(name)).toBe(name);
    expect(readableName(name, 60, 'lab')).toBe(name);
  }
  expect(readableName('\x1b[2J\n* n9 leads', 40, 'lab')).toBe('[2J* n9 leads');
  expect(readableName('x'.repeat(39) + '🧪', 40, 'lab'), 'no half character').toBe('x'.repeat(39));
});

test('a port that comes by itself is told the same', () => {
  const join = { address: '10.0.0.1', code: 'K', role: 'member' };
  for (const port of [0, 99_999, 1.5, Number.NaN]) {
    const parsed = lanCommandSchemas['lan:join'].safeParse({ ...join, port });
    expect(parsed.error?.issues[0]?.message).toBe('a port is a whole number from 1 to 65535');
  }
  expect(lanCommandSchemas['lan:join'].safeParse({ ...join, port: 1 }).success).toBe(true);
});
