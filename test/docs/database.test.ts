/** docs/database.md names every table of raft.db, and every column in its order. */
import { expect, test } from 'vitest';
import { SCHEMA_VERSION, TABLES } from '../../src/node/storage/schema.ts';
import { codeIn, pageAt, tableOf } from './page.ts';

const page = pageAt('docs/database.md');

function columnsOf(statement: string): readonly string[] {
  return [...statement.matchAll(/^ {2}([a-z][a-z_0-9]*) (?:INTEGER|TEXT|BLOB)/gm)].map(([, column = '']) => column);
}

test('tables and columns', () => {
  const told = tableOf(page, 'table').map(([table, columns]) => [codeIn(table)[0], codeIn(columns)]);
  expect(told).toEqual(Object.entries(TABLES).map(([table, statement]) => [table, columnsOf(statement)]));
});

test('the format', () => {
  expect(page).toContain(`## The tables (format ${SCHEMA_VERSION})`);
});
