/**
 * Measures the window while nine nodes live in it: `npm run bench:window [-- MINUTES]`. Frames, long tasks, the page's
 * share of a core and its memory, minute by minute. docs/performance.md has the results, and what they mean.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { CDPSession, Page } from 'playwright-core';
import { nodeNameOf } from '../../../src/trace/names.ts';
import { medianOf } from '../../../src/cli/bench/statistics.ts';
import { measureInPage } from './probe.ts';
import type { PageFigures } from './probe.ts';

const NODES = 9;
const EVENTS_PER_SECOND = 2000;
const WARM_UP_MS = 10_000;
const MINUTE_MS = 60_000;
const LAUNCH_LIMIT_MS = 60_000;
/** One frame at 60 a second, and half of one more. */
const LATE_FRAME_MS = 25;

/** What the browser says of the page's process. Seconds since it began. */
interface Process {
  readonly taskSeconds: number;
  readonly scriptSeconds: number;
  readonly styleSeconds: number;
  readonly layoutSeconds: number;
  readonly heapMiB: number;
  readonly elements: number;
}

async function processOf(session: CDPSession): Promise<Process> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return {
    taskSeconds: read('TaskDuration'),
    scriptSeconds: read('ScriptDuration'),
    styleSeconds: read('RecalcStyleDuration'),
    layoutSeconds: read('LayoutDuration'),
    heapMiB: read('JSHeapUsedSize') / 2 ** 20,
    elements: read('Nodes'),
  };
}

async function openLab(page: Page): Promise<void> {
  await page.waitForFunction(() => window.raftlab !== undefined);
  const created = await page.evaluate(
    (nodeCount) => window.raftlab?.invoke('lab:create', { name: 'Bench', nodeCount, pace: 'fast' }), NODES,
  );
  if (created?.ok !== true) throw new Error(`the lab could not be made: ${JSON.stringify(created)}`);
  await page.evaluate(() => window.raftlab?.invoke('settings:set', { introductionSeen: true }));
  await page.reload();
}

/** The number of the node that the stage shows as the leader. */
async function leaderOn(page: Page): Promise<number> {
  const leader = page.locator('[data-testid="stage"] [data-node][data-role="leader"]').first();
  await leader.waitFor({ timeout: LAUNCH_LIMIT_MS });
  return Number((await leader.getAttribute('data-node'))?.slice(1));
}

function lineOf(minute: string, seconds: number, figures: PageFigures, before: Process, after: Process): string {
  const { events, leftOut, writes, frameMs, longTaskMs } = figures;
  const share = (from: number, to: number): string => `${(((to - from) / seconds) * 100).toFixed(0)} %`;
  return [
    minute.padStart(7),
    `${(events / seconds).toFixed(0)} events/s (${leftOut} left out)`,
    `${(writes / seconds).toFixed(0)} writes/s`,
    `${(frameMs.length / seconds).toFixed(1)} frames/s, median ${medianOf(frameMs).toFixed(1)} ms`,
    `${frameMs.filter((ms) => ms > LATE_FRAME_MS).length} late`,
    `${longTaskMs.length} long tasks, longest ${Math.max(0, ...longTaskMs).toFixed(0)} ms`,
    `busy ${share(before.taskSeconds, after.taskSeconds)}`,
    `script ${share(before.scriptSeconds, after.scriptSeconds)}`,
    `style ${share(before.styleSeconds, after.styleSeconds)}`,
    `layout ${share(before.layoutSeconds, after.layoutSeconds)}`,
    `heap ${after.heapMiB.toFixed(1)} MiB`,
    `${after.elements} DOM nodes`,
  ].join('  ');
}

async function main([executable, minutes, ...switches]: readonly string[]): Promise<void> {
  if (executable === undefined) throw new Error('which Electron? `npm run bench:window` says');
  const folder = await mkdtemp(join(tmpdir(), 'raftlab-window-bench-'));
  const application = await _electron.launch({
    executablePath: executable, args: [...switches, '--data', folder], timeout: LAUNCH_LIMIT_MS, colorScheme: null,
  });
  try {
    const page = await application.firstWindow();
    await openLab(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const measure = async (name: string, forMs: number): Promise<void> => {
      const leader = nodeNameOf(await leaderOn(page));
      const before = await processOf(session);
      const figures = await page.evaluate(measureInPage, { leader, eventsPerSecond: EVENTS_PER_SECOND, forMs });
      console.log(lineOf(name, forMs / 1000, figures, before, await processOf(session)));
    };
    await measure('warm-up', WARM_UP_MS);
    for (let minute = 1; minute <= Number(minutes); minute += 1) {
      await measure(`min ${minute}`, MINUTE_MS);
    }
  } finally {
    await application.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main(process.argv.slice(2));
