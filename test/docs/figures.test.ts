/** Figures that a page tells twice are the same, and the parts of a whole are no more than it. */
import { expect, test } from 'vitest';
import { pageAt, sectionOf, tableOf } from './page.ts';

const performance = pageAt('docs/performance.md');
const [budgets, clusters, etcd, memory, failover] = [
  '### Budgets', '### 3 nodes', '### etcd', '### Memory', '### Failover and start',
].map((begin) => sectionOf(performance, performance.split('\n').find((line) => line.startsWith(begin)) ?? begin));

/** The first figures of a text: `12832/s beside 3460/s` has two. */
const figuresIn = (text = ''): readonly number[] => [...text.matchAll(/\d+(?:\.\d+)?/g)].map(Number);

/** What a table has in a column, in the row whose first cells begin so. */
function cell(section: string | undefined, head: string, first: readonly string[], column: number): string {
  const row = tableOf(section ?? '', head).find((cells) => first.every((text, at) => cells[at]?.startsWith(text)));
  return row?.[column] ?? expect.unreachable(`there is no row ${first.join(', ')}`);
}

const measured = (what: string): readonly number[] => figuresIn(cell(budgets, 'what', [what], 1));

test('docs/performance.md: the budgets have the figures of the tables below them', () => {
  expect(measured('one write, 3 nodes, 1 client, p50'))
    .toEqual(figuresIn(cell(clusters, 'clients', ['1', 'write'], 3)));
  for (const clients of ['64', '256']) {
    expect(measured(`writes/s, 3 nodes, ${clients} clients`)).toEqual([
      ...figuresIn(cell(clusters, 'clients', [clients, 'write'], 2)),
      ...figuresIn(cell(etcd, 'clients', [clients, 'write'], 2)),
    ]);
  }
  expect([...measured('a new leader commits, 50 crashes, p50'), ...measured('a new leader commits, 50 crashes, p99')])
    .toEqual(['a new leader commits, 5 nodes'].flatMap((what) => [1, 2].flatMap((column) =>
      figuresIn(cell(failover, '', [what], column)))));
  expect(measured('memory of each idle node').slice(0, 1)).toEqual(
    figuresIn(cell(memory, '', ['Electron'], 2)),
  );
});

test('docs/performance.md: the budgets of the door have the figures of its table, and their ratio', () => {
  const door = sectionOf(performance, '## The door');
  for (const operation of ['SET', 'GET']) {
    const row = (column: number): string => cell(door, 'what', [`${operation}/s at the door, 64 clients`], column);
    const [ours = NaN, theirs = NaN] = ['the leader\'s door', 'etcd, by gRPC'].map((asked) => (
      figuresIn(cell(door, 'operation', [operation, asked, '64'], 3))[0] ?? NaN));
    expect(figuresIn(row(1))).toEqual([ours, theirs]);
    expect(Number(row(2))).toBeCloseTo(ours / theirs, 1);
    expect(row(4)).toBe(Number(row(2)) >= (figuresIn(row(3))[0] ?? NaN) ? 'met' : 'NOT MET');
  }
});

test('docs/performance.md: the parts of a write’s CPU time add up to what it says, within the whole', () => {
  const text = sectionOf(performance, '## Why a budget is not met');
  const whole = figuresIn(/: (\d+ µs a write .*? with 64 clients, \d+) µs with 256/s.exec(text)?.[1]?.replace('64', ''));
  const accounted = figuresIn(/account for (\d+ and \d+) of them/.exec(text)?.[1]);
  const sums = [1, 2].map((column) => tableOf(text, 'thread').reduce((sum, cells) =>
    sum + (figuresIn(cells[column])[0] ?? 0) * (cells[0] === 'each follower' ? 2 : 1), 0));
  expect(accounted).toEqual(sums);
  sums.forEach((sum, at) => expect(sum).toBeLessThanOrEqual(whole[at] ?? 0));
});

test('docs/performance.md: the words about memory leave the figures to the table', () => {
  const words = performance.split('\n\n').find((paragraph) => paragraph.startsWith('**Memory in plain Node**'));
  expect(words).toBeDefined();
  expect(words).not.toMatch(/\d\.\d/);
});

test('docs/install.md: the parts of the unpacked folder add up to it', () => {
  const rows = tableOf(pageAt('docs/install.md'), 'artefact');
  const [folder = 0, electron = 0] = figuresIn(rows.find(([what]) => what === 'unpacked folder')?.[1]);
  const own = ['`app.asar`, all that is Raftlab\'s own', 'SQLite\'s addon']
    .map((what) => figuresIn(rows.find(([cells]) => cells === what)?.[1])[0] ?? NaN);
  expect(Math.abs(electron + own.reduce((a, b) => a + b) - folder), 'but for rounding').toBeLessThan(1);
});
