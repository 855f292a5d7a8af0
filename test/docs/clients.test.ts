/** docs/clients.md has every command that a door carries out, every one that it refuses, and no other. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/gateway/connection.ts';
import { COMMANDS } from '../../src/gateway/commands/index.ts';
import { CLIENTS_MAX } from '../../src/gateway/commands/limits.ts';
import { REFUSED_COMMANDS } from '../../src/gateway/commands/families/refused.ts';
import { codeIn, pageAt, tableOf } from './page.ts';

const page = pageAt('docs/clients.md');
const upper = (names: Iterable<string>): readonly string[] => [...names].map((name) => name.toUpperCase()).sort();
const told = (head: string): readonly string[] => tableOf(page, head).flatMap(([names]) => codeIn(names)).sort();

test('what is carried out', () => {
  const carriedOut = [...COMMANDS.values()].filter(({ isRefused }) => isRefused !== true);
  expect(told('command')).toEqual(upper(carriedOut.map(({ name }) => name)));
});

test('what is refused, with the reason that the door gives', () => {
  expect(told('refused')).toEqual(upper(REFUSED_COMMANDS.map(({ name }) => name)));
  const reasons = tableOf(page, 'refused').flatMap(([names, reason = '']) => (
    codeIn(names).map((name) => [name, reason])
  ));
  expect(Object.fromEntries(reasons)).toEqual(Object.fromEntries(REFUSED_COMMANDS.map(({ name, summary }) => (
    [name.toUpperCase(), /^Not carried out: (.*)\.$/s.exec(summary)?.[1]]
  ))));
});

test('limits', () => {
  const limitOf = (what: string): string => tableOf(page, 'what').find(([cell]) => cell === what)?.[1] ?? '';
  expect(limitOf('connections of a door')).toMatch(new RegExp(`^${CLIENTS_MAX};`));
  expect(limitOf('words of a command, keys of one `MGET` or `EXISTS`')).toMatch(new RegExp(`^${LIMITS.argumentsMax},`));
});
