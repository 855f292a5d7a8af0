/**
 * Measures the window while nine nodes live in it: `npm run bench:window [-- MINUTES]`. Frames, long tasks, what the
 * page takes of a core and its memory, minute by minute; then what the nodes write with the window and without it, in
 * turns. docs/performance.md has the results, and what they mean.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { CDPSession, ElectronApplication, Page } from 'playwright-core';
import { COMMAND_CHANNEL } from '../../../src/contract/channels.ts';
import { nodeNameOf } from '../../../src/trace/names.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { medianOf } from '../../../src/cli/bench/report/statistics.ts';
import { measureInPage } from './probe.ts';
import type { PageFigures } from './probe.ts';
import { coreSecondsInMain, showInMain, writeInMain } from './mainProbe.ts';

const NODES = 9;
const EVENTS_PER_SECOND = 2000;
const WARM_UP_MS = 10_000;
const MINUTE_MS = 60_000;
const LAUNCH_LIMIT_MS = 60_000;
/** One frame at 60 a second, and half of one more. */
const LATE_FRAME_MS = 25;
/** The closed loop that is compared: as many clients, with the window and without it in turns. */
const CLIENTS = 16;
const TURNS = 4;
const TURN_MS = 8000;
/** A page that was just loaded is still being compiled: not how a window is that somebody looks at. */
const TURN_WARM_UP_MS = 10_000;

/** What was used since the app began, in seconds of CPU time. */
interface Usage {
  readonly atMs: number;
  /** The page's thread, and its parts. */
  readonly thread: number;
  readonly script: number;
  readonly style: number;
  readonly layout: number;
  /** All threads of the page's process, and of the one that composes the screen. */
  readonly page: number;
  readonly screen: number;
}

async function readMetrics(session: CDPSession): Promise<(name: string) => number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (name) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
}

async function usageOf(application: ElectronApplication, session: CDPSession): Promise<Usage> {
  const { page, screen } = await application.evaluate(coreSecondsInMain);
  const read = await readMetrics(session);
  return {
    atMs: performance.now(), thread: read('TaskDuration'), script: read('ScriptDuration'),
    style: read('RecalcStyleDuration'), layout: read('LayoutDuration'), page, screen,
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

function lineOf(minute: string, figures: PageFigures, before: Usage, after: Usage): string {
  const { events, leftOut, writes, frameMs, longTaskMs } = figures;
  const seconds = (after.atMs - before.atMs) / 1000;
  const core = (what: 'thread' | 'script' | 'style' | 'layout' | 'page' | 'screen'): string =>
    ((after[what] - before[what]) / seconds).toFixed(2);
  return [
    minute.padStart(7),
    `${(events / seconds).toFixed(0)} events/s (${leftOut} left out)`,
    `${(writes / seconds).toFixed(0)} writes/s`,
    `${(frameMs.length / seconds).toFixed(1)} frames/s, median ${medianOf(frameMs).toFixed(1)} ms`,
    `${frameMs.filter((ms) => ms > LATE_FRAME_MS).length} late`,
    `${longTaskMs.length} long tasks, longest ${Math.max(0, ...longTaskMs).toFixed(0)} ms`,
    `of a core: page's thread ${core('thread')} (script ${core('script')}, style ${core('style')}, `
      + `layout ${core('layout')}), its process ${core('page')}, the screen's ${core('screen')}`,
  ].join('  ');
}

/**
 * What the nodes write for the same clients, with the window and without it. The longer they write, the faster they
 * are, so each turn with the window is compared with the two beside it. Without: it shows the text of a file in
 * place of the page, so that nothing is drawn and no event is taken.
 */
async function compare(application: ElectronApplication, page: Page): Promise<void> {
  const load = { channel: COMMAND_CHANNEL, clients: CLIENTS, warmUpMs: TURN_WARM_UP_MS, forMs: TURN_MS };
  const pageAddress = page.url();
  const textAddress = await page.evaluate(() => document.querySelector('script')?.src ?? '');
  const rates = { with: new Array<number>(), without: new Array<number>() };
  const writeWithout = async (leader: NodeName): Promise<void> => {
    await application.evaluate(showInMain, textAddress);
    rates.without.push(await application.evaluate(writeInMain, { ...load, leader }));
    await application.evaluate(showInMain, pageAddress);
  };
  const firstLeader = nodeNameOf(await leaderOn(page));
  await application.evaluate(writeInMain, { ...load, leader: firstLeader });
  await writeWithout(firstLeader);
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const leader = nodeNameOf(await leaderOn(page));
    rates.with.push(await application.evaluate(writeInMain, { ...load, leader }));
    await writeWithout(leader);
  }
  const shown = (all: readonly number[]): string =>
    `${medianOf(all).toFixed(0)} (${all.map((rate) => rate.toFixed(0)).join(', ')})`;
  const without = (turn: number): number => rates.without[turn] ?? Number.NaN;
  const ratios = rates.with.map((rate, turn) => (2 * rate) / (without(turn) + without(turn + 1)));
  console.log(`${CLIENTS} clients  with the window ${shown(rates.with)} writes/s  without ${shown(rates.without)}  `
    + `ratio ${medianOf(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`);
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
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const measure = async (name: string, forMs: number): Promise<void> => {
      const leader = nodeNameOf(await leaderOn(page));
      const before = await usageOf(application, session);
      const figures = await page.evaluate(measureInPage, { leader, eventsPerSecond: EVENTS_PER_SECOND, forMs });
      const line = lineOf(name, figures, before, await usageOf(application, session));
      await session.send('HeapProfiler.collectGarbage');
      const read = await readMetrics(session);
      const heapMiB = read('JSHeapUsedSize') / 2 ** 20;
      console.log(`${line}  heap ${heapMiB.toFixed(1)} MiB  ${read('Nodes')} DOM nodes`);
    };
    await measure('warm-up', WARM_UP_MS);
    for (let minute = 1; minute <= Number(minutes); minute += 1) {
      await measure(`min ${minute}`, MINUTE_MS);
    }
    await compare(application, page);
  } finally {
    await application.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main(process.argv.slice(2));
