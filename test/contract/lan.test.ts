/** Where a host is, as people write it: one reader for the command line, the console and the window. */
import { expect, test } from 'vitest';
import { lanCommandSchemas, parseHostAddress } from '../../src/contract/lan.ts';

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

test('a port that comes by itself is told the same', () => {
  const join = { address: '10.0.0.1', code: 'K', role: 'member' };
  for (const port of [0, 99_999, 1.5, Number.NaN]) {
    const parsed = lanCommandSchemas['lan:join'].safeParse({ ...join, port });
    expect(parsed.error?.issues[0]?.message).toBe('a port is a whole number from 1 to 65535');
  }
  expect(lanCommandSchemas['lan:join'].safeParse({ ...join, port: 1 }).success).toBe(true);
});
