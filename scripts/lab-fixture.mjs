// `npm run lab-fixture`: keeps a small lab of the current format in test/fixtures/lab-vN. A test checks that later
// versions can open it (test/lab/upgrade.test.ts). Run this once, before a format is released, and never again.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { removeIfPossible } from './setup/files.mjs';
import { say } from './setup/progress.mjs';
import { projectPath } from './setup/project.mjs';

const NODE_COUNT = 3;
/** What the test looks for: text, a number, text that is not ASCII, a value that fills a page, and a deletion. */
const COMMANDS = /** @type {const} */ ([
  { op: 'put', key: 'colour', value: 'teal' },
  { op: 'incr', key: 'visits', by: 41 },
  { op: 'incr', key: 'visits', by: 1 },
  { op: 'put', key: 'größe', value: '大' },
  { op: 'put', key: 'long', value: 'x'.repeat(2000) },
  { op: 'put', key: 'draft', value: 'gone' },
  { op: 'delete', key: 'draft' },
]);

/**
 * Repeats a request until it succeeds: a young cluster has no leader yet.
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
async function patiently(ask) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

await main(async () => {
  const { createLabService } = await import('../src/lan/labService.ts');
  const { bundledWorkers } = await import('../src/cli/workers.ts');
  const { LabStore } = await import('../src/lab/files/labStore.ts');
  const dataDirectory = mkdtempSync(join(tmpdir(), 'raftlab-fixture-'));
  const log = { info: () => undefined, warn: say, error: say };
  await build({ onlyWhenChanged: true });
  const workerUrls = bundledWorkers();
  try {
    await new LabStore(dataDirectory, log).create('Kept lab', NODE_COUNT, 'fast');
    const service = await createLabService({ dataDirectory, workerUrls, log });
    for (const command of COMMANDS) await patiently(() => service.execute('kv:execute', { node: 'n1', command }));
    await service.close();

    const [labId] = readdirSync(join(dataDirectory, 'labs'));
    const lab = join(dataDirectory, 'labs', String(labId));
    const { version } = JSON.parse(readFileSync(join(lab, 'lab.json'), 'utf8'));
    const fixture = projectPath('test', 'fixtures', `lab-v${version}`);
    if (existsSync(fixture)) throw new Error(`${fixture} is there already, and is never made anew`);
    cpSync(lab, join(fixture, 'labs', String(labId)), { recursive: true });
    say(`Kept a lab of format ${version} in ${fixture}`);
  } finally {
    removeIfPossible(dataDirectory);
  }
  return 0;
});
