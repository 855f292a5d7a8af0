/** Whole simulated clusters: clean with every rule on, caught without; the same seed is the same run. */
import { describe, expect, it } from 'vitest';
import { againCommand } from '../../src/cli/sim/options.ts';
import { runSeeds } from '../../src/cli/sim/seedPool.ts';
import { reportOf, type SeedReport } from '../../src/cli/sim/seedReport.ts';
import { DAYS, DRAWN_DAYS } from '../../src/sim/days.ts';
import { RULE_NAMES } from '../../src/raft/index.ts';
import { settingsFromSeed } from '../../src/sim/settings.ts';
import { simulate } from '../../src/sim/simulation.ts';
import { SimulationTrace } from '../../src/sim/trace.ts';
import { applyEvent, emptyView } from '../../src/trace/fold.ts';
import type { TraceEvent } from '../../src/trace/events.ts';

const CLEAN_SEEDS = 120;
const SEEDS_TO_CATCH = 200;
/** For a busy machine with one slow core; with two of its own it takes a tenth of that. */
const PATIENCE_MS = 20 * 60_000;

const seedsUpTo = (count: number) => Array.from({ length: count }, (_, position) => position + 1);

function traceOf(seed: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  simulate({ seed }, new SimulationTrace((event) => events.push(event)));
  return events;
}

describe('a simulated cluster', () => {
  it(`keeps every promise and comes back to work: ${CLEAN_SEEDS} seeds`, async () => {
    const reports = await runSeeds({ seeds: seedsUpTo(CLEAN_SEEDS), options: {} });
    const broken = reports.filter(({ violation }) => violation !== undefined);
    expect(broken.map(({ seed, violation }) => `${againCommand({}, seed)}: ${violation?.message ?? ''}`)).toEqual([]);
    expect(reports.map(({ seed }) => seed)).toEqual(seedsUpTo(CLEAN_SEEDS));
    // It was no empty exercise: clients were served on days of every kind.
    for (const day of DAYS) {
      const runs = reports.filter((report) => report.day === day);
      expect(runs.length, day).toBeGreaterThan(CLEAN_SEEDS / DRAWN_DAYS.length / 2);
      expect(runs.reduce((sum, { operations }) => sum + operations, 0), day).toBeGreaterThan(20 * runs.length);
    }
  }, PATIENCE_MS);

  it.each(RULE_NAMES)(`is caught within ${SEEDS_TO_CATCH} seeds without %s`, async (rule) => {
    const isCaught = ({ violation }: SeedReport) =>
      violation?.kind === 'SafetyViolation' || violation?.kind === 'InvariantViolation';
    const reports = await runSeeds({
      seeds: seedsUpTo(SEEDS_TO_CATCH), options: { rulesOff: [rule] }, stopAt: isCaught,
    });
    expect(reports.find(isCaught)?.violation?.message, `${SEEDS_TO_CATCH} seeds without ${rule} broke nothing`)
      .toBeDefined();
  }, PATIENCE_MS);

  it('has the same kind of day whichever rules are off', () => {
    for (const seed of seedsUpTo(20)) {
      const drawn = settingsFromSeed({ seed });
      expect(settingsFromSeed({ seed, rulesOff: RULE_NAMES })).toEqual({ ...drawn, rulesOff: RULE_NAMES });
    }
  });
});

describe('a seed', () => {
  it('is the same run, byte for byte', () => {
    const [first, again] = [traceOf(7), traceOf(7)].map((events) => events.map((event) => JSON.stringify(event)));
    expect(first?.length).toBeGreaterThan(1000);
    expect(again).toEqual(first);
    expect(JSON.stringify(traceOf(8))).not.toBe(first?.join());
  }, PATIENCE_MS);

  it('is the same run in another thread, written down or not', async () => {
    const seeds = seedsUpTo(12);
    expect(await runSeeds({ seeds, options: {} })).toEqual(seeds.map((seed) => reportOf({ seed })));
    const written = simulate({ seed: 3 }, new SimulationTrace(() => undefined));
    expect(written.fingerprint).toBe(reportOf({ seed: 3 }).fingerprint);
  }, PATIENCE_MS);

  it('gives the number of nodes and the length of the run only where the caller does not', () => {
    expect(settingsFromSeed({ seed: 1, nodeCount: 6, faultTicks: 33 })).toMatchObject({ nodeCount: 6, faultTicks: 33 });
    const drawn = seedsUpTo(100).map((seed) => settingsFromSeed({ seed }));
    expect(new Set(drawn.map(({ nodeCount }) => nodeCount)).size).toBeGreaterThan(3);
    expect(new Set(drawn.map(({ electionTimeoutTicks }) => electionTimeoutTicks)).size).toBeGreaterThan(5);
  });
});

describe('the trace of a run', () => {
  it('is what live nodes emit: the view of a lab is folded from it', () => {
    const view = emptyView();
    for (const event of traceOf(4)) {
      applyEvent(view, event);
    }
    expect(view.name).toBe('Simulated: seed 4');
    expect(Object.values(view.nodes).some(({ role }) => role === 'leader')).toBe(true);
    expect(view.droppedEvents).toBe(0);
  }, PATIENCE_MS);

  it('ends with what was broken', () => {
    const events: TraceEvent[] = [];
    const { violation } = simulate(
      { seed: 2, rulesOff: ['majorityQuorum'] }, new SimulationTrace((event) => events.push(event)),
    );
    expect(events.at(-1)).toMatchObject({ type: 'safetyViolated', message: violation?.message });
  });

  it('shows that all that can go wrong does', () => {
    const seen = new Set<string>();
    for (const seed of seedsUpTo(60)) {
      const applied = new Map<number, number>();
      for (const event of traceOf(seed)) {
        seen.add(kindOf(event));
        if (event.type === 'applied') applied.set(event.node, event.index);
        if (event.type === 'snapshotTaken' && event.lastIncludedIndex < (applied.get(event.node) ?? 0)) {
          seen.add('snapshotTaken while entries are applied');
        }
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining([
      'nodeCrashed', 'nodePaused', 'nodeResumed', 'nodeWiped', 'nodeFailed disk-full', 'nodeFailed corrupt',
      'messageDropped cut', 'messageDropped loss', 'snapshotRestored', 'leadershipTransferStarted', 'quorumLost',
      'appendRejected', 'configurationChanged', 'configurationChanged joint', 'configurationChanged learners',
      'entriesAppended truncating', 'proposalDropped', 'configurationChangeRefused',
      'snapshotTaken while entries are applied', 'snapshotSending started', 'snapshotSending underway',
      'snapshotSending resumed', 'snapshotSending finished', 'snapshotSending given-up', 'snapshotSending cancelled',
      'snapshotReceiving underway', 'snapshotReceiving complete', 'snapshotReceiving cancelled',
      'messageDropped incomplete', 'messageDropped duplicate', 'counters retransmitted', 'logCompacted',
      'clientAnswered unknown', 'clientAnswered refused', 'clientDecided true', 'clientDecided false',
    ]));
  }, PATIENCE_MS);
});

function kindOf(event: TraceEvent): string {
  switch (event.type) {
    case 'nodeFailed':
      return `nodeFailed ${event.code}`;
    case 'messageDropped':
      return `messageDropped ${event.reason}`;
    case 'snapshotSending':
    case 'snapshotReceiving':
      return `${event.type} ${event.state}`;
    case 'counters':
      return event.counters.retransmitted > 0 ? 'counters retransmitted' : event.type;
    case 'clientAnswered':
      return `clientAnswered ${event.outcome}`;
    case 'clientDecided':
      return `clientDecided ${event.isApplied}`;
    case 'entriesAppended':
      return event.truncatedFrom === undefined ? event.type : 'entriesAppended truncating';
    case 'configurationChanged': {
      const { votersOutgoing, learners } = event.configuration;
      if (votersOutgoing.length > 0) return 'configurationChanged joint';
      return learners.length > 0 ? 'configurationChanged learners' : event.type;
    }
    default:
      return event.type;
  }
}
