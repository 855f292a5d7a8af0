/** A broken guarantee and a rule that is off are shown unmistakably, and told in full in a table. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import App from '../../../src/renderer/App.vue';
import type { HistoryVerdict } from '../../../src/contract/history.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import type { ClientOperation } from '../../../src/trace/operations.ts';
import { attachAnswer, diskPage, openingEvents } from '../support/cluster.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const VIOLATED: TraceBody = {
  type: 'safetyViolated', check: 'Election Safety', section: 'Raft §5.2',
  statement: 'At most one leader can be elected in a given term.',
  message: 'n1 and n3′2 were both elected in term 4', nodes: [1, 1003], term: 4, seenAtSeq: 900,
};

let wrapper: VueWrapper;

/** Dialogs stand outside the app's element, so the whole page is searched. */
const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const textOf = (testId: string): string => find(testId)?.textContent.replaceAll(/\s+/g, ' ').trim() ?? '';

const WRITE: ClientOperation = {
  requestId: '1.1.7', client: 'ada', node: 2, command: { op: 'put', key: 'x', value: '2' }, askedAtMs: 6000,
  answeredAtMs: 6009, outcome: 'ok', result: { type: 'written', previous: '1' }, index: 3, term: 2, tookEffect: null,
  parts: {},
};

function verdictOf(given: Partial<HistoryVerdict>): HistoryVerdict {
  return {
    verdict: 'proved', words: 'Every answer fits.', operationCount: 214, staleReads: 0, outdatedReads: 0, conflict: [],
    longestOrder: [], atMs: null, ...given,
  };
}

let verdict: HistoryVerdict | null = null;

async function open(rulesOff: readonly string[], ...bodies: readonly TraceBody[]): Promise<void> {
  const events = openingEvents().map((event) => (event.type === 'labOpened' ? { ...event, rulesOff } : event));
  const later = bodies.map((body, position) => traceEvent(events.length + 1 + position, body));
  const bridge = new ManualBridge()
    .answer('settings:get', () => ({ theme: 'light', scale: 1, introductionSeen: true }))
    .answer('node:kv', () => ({ lastApplied: 2, keyCount: 0, entries: [], truncated: false }))
    .answer('node:disk', ({ node }) => diskPage(node))
    .answer('history:verdict', () => verdict ?? { code: 'refused', message: 'nothing is recorded' })
    .answer('lab:attach', () => attachAnswer([...events, ...later]));
  wrapper = mountWindow(App, bridge);
  await settle();
  await settle(); // the verdict is asked for when the lab is there
}

afterEach(() => {
  wrapper.unmount();
  document.body.replaceChildren();
  verdict = null;
});

describe('the safety strip', () => {
  it('is not there while every guarantee holds', async () => {
    await open([]);
    expect(find('violation-strip')).toBeNull();
    expect(find('unsafe-strip')).toBeNull();
  });

  it('says what is broken, where that is stated, and opens the whole account', async () => {
    await open([], VIOLATED, { ...VIOLATED, check: 'State Machine Safety', message: 'at index 7 …', index: 7 });
    expect(textOf('violation-strip')).toContain(
      'Election Safety is broken: n1 and n3′2 were both elected in term 4 Raft §5.2',
    );
    expect(find('violation-strip')?.getAttribute('role')).toBe('alert');
    find('show-violations')?.click();
    await settle();
    const [first, second] = [...find('violations')?.querySelectorAll('tbody tr') ?? []]
      .map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent.replaceAll(/\s+/g, ' ').trim()));
    expect(first?.slice(1)).toEqual(
      ['900', 'Election Safety', 'n1 and n3′2 were both elected in term 4', 'n1 n3′2', '4', ''],
    );
    expect(second?.at(-1)).toBe('7');
    const broken = [...document.querySelectorAll('[data-broken="true"] th')].map((cell) => cell.textContent);
    expect(broken.join()).toMatch(/Election Safety.*State Machine Safety/);
  });

  it('marks a cluster that runs without a rule, and says what the rule is for', async () => {
    await open(['majorityQuorum']);
    expect(textOf('unsafe-strip')).toBe(
      'Not safe. This cluster runs without majorityQuorum: half of the servers decide, not a majority (Raft §5.1).',
    );
  });

  it('selects a node that the account names', async () => {
    await open([], VIOLATED);
    find('show-violations')?.click();
    await settle();
    const buttons = [...find('violations')?.querySelectorAll('button') ?? []];
    buttons.find((button) => button.textContent.trim() === 'n1')?.click();
    await settle();
    expect(find('safety')).toBeNull();
    expect(textOf('inspector')).toContain('leader of term 2');
  });
});

describe('the verdict in the head', () => {
  it('is calm while all holds, with and without a recording of operations', async () => {
    await open([]);
    expect(textOf('safety-chip')).toBe('Safe so far');
    wrapper.unmount();
    verdict = verdictOf({});
    await open([]);
    expect(textOf('safety-chip')).toBe('Linearizable, 214 operations');
    expect(find('safety-chip')?.getAttribute('data-tone')).toBe('ok');
  });

  it('says that operations contradict each other, and shows which', async () => {
    verdict = verdictOf({ verdict: 'violated', words: 'ada got the wrong value.', conflict: [WRITE] });
    await open([]);
    expect(find('safety-chip')?.getAttribute('data-tone')).toBe('bad');
    find('safety-chip')?.click();
    await settle();
    expect(textOf('operations-verdict')).toMatch(/not linearizable ?ada got the wrong value\..*ada ?n2 ?put x "2" ?3/);
  });

  it('tells a broken guarantee before anything else, and does not hide what is not known', async () => {
    verdict = verdictOf({ verdict: 'unknown', words: 'Not known: n3 crashed.', staleReads: 3, outdatedReads: 1 });
    await open([]);
    expect(textOf('safety-chip')).toBe('Linearizability not known');
    find('safety-chip')?.click();
    await settle();
    expect(textOf('operations-verdict')).toContain('3 stale reads are judged apart: 1 was out of date.');
    wrapper.unmount();
    await open([], VIOLATED);
    expect(textOf('safety-chip')).toBe('Guarantee broken');
  });
});
