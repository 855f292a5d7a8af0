/** The simulator finds bugs above the core: a server with any of these mutations is caught. */
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runSeeds } from '../../src/cli/sim/seedPool.ts';
import { MUTATIONS } from './mutations.ts';
import { MUTATION_VARIABLE } from './mutate.ts';

const SEEDS_TO_CATCH = 200;
/** For a busy machine with one slow core; with two of its own it takes a tenth of that. */
const PATIENCE_MS = 20 * 60_000;
const LOADER = fileURLToPath(new URL('mutate.ts', import.meta.url));

describe.each(MUTATIONS)('a server in which $name', ({ name, file, find }) => {
  it('has one place where that is', () => {
    const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    expect(source.split(find)).toHaveLength(2);
  });

  it(`is caught within ${SEEDS_TO_CATCH} seeds`, async () => {
    const reports = await runSeeds({
      seeds: Array.from({ length: SEEDS_TO_CATCH }, (_, position) => position + 1),
      options: {},
      stopAt: ({ violation }) => violation !== undefined,
      worker: { execArgv: ['--import', LOADER], env: { ...env, [MUTATION_VARIABLE]: name } },
    });
    expect(reports.at(-1)?.violation?.kind, `${SEEDS_TO_CATCH} seeds broke nothing`)
      .toMatch(/^(Safety|Invariant|Liveness)Violation$/);
  }, PATIENCE_MS);
});
