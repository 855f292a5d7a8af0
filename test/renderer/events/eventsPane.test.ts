import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttachAnswer, EventBatch } from '../../../src/contract/answers.ts';
import type { Bridge } from '../../../src/contract/commands.ts';
import { bridgeKey } from '../../../src/renderer/bridge/index.ts';
import EventsPane from '../../../src/renderer/events/EventsPane.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useToastStore } from '../../../src/renderer/stores/toasts.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';
import { emptyView } from '../../../src/trace/fold.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { HEARTBEAT, eventOf, historyOf } from './support.ts';

const VIEWPORT_PIXELS = 250;
const ROW_PIXELS = 25;

interface PageInput {
  readonly beforeSeq: number;
  readonly count: number;
}

/** A bridge whose lab does what a test tells it to. */
function scriptedBridge() {
  const stop = vi.fn();
  const attach: AttachAnswer = { view: emptyView(), recentEvents: [] };
  /** What the lab still has of the time before the window's events. */
  const earlier: TraceEvent[] = [];
  const page = (beforeSeq: number, count: number) => earlier.filter((event) => event.seq < beforeSeq).slice(-count);
  const answer = (name: string, input: PageInput) => {
    const value = name === 'events:page' ? page(input.beforeSeq, input.count) : name === 'lab:attach' ? attach : null;
    return { ok: true, value };
  };
  let deliver = (_batch: EventBatch): void => { throw new Error('nobody listens yet'); };
  let batch = 0;
  const bridge: Bridge = {
    invoke: vi.fn((name: string, input: PageInput) => Promise.resolve(answer(name, input))) as Bridge['invoke'],
    onEvents: (listener) => { deliver = listener; return stop; },
    onLabChanged: () => stop,
    onTime: () => stop,
    onSignal: () => stop,
  };
  const send = (events: readonly TraceEvent[], dropped = 0) => {
    deliver({ batch: batch += 1, firstSeq: events[0]?.seq ?? 1, dropped, events });
  };
  return { bridge, send, earlier, view: attach.view };
}

let lab: ReturnType<typeof scriptedBridge>;
let wrapper: ReturnType<typeof mount>;
let seq = 0;

/** Delivers events and lets the frame and the list's next refresh come. */
async function happen(bodies: readonly TraceBody[], node = 1, dropped = 0): Promise<void> {
  lab.send(bodies.map((body) => eventOf(seq += 1, body, node)), dropped);
  await vi.advanceTimersByTimeAsync(300);
}

const wrote = (index: number): TraceBody => ({ type: 'applied', index, term: 1, text: `put a "${index}"` });
const list = () => wrapper.get('[data-testid=events-list]');
const rows = () => wrapper.findAll('.event');
const shownSeqs = () => rows().map((row) => Number(row.attributes('id')?.slice('event-'.length)));
const press = (key: string) => list().trigger('keydown', { key });

const pressButton = (text: string) =>
  wrapper.findAll('button').find((button) => button.text() === text)?.trigger('click');

async function scrollTo(top: number): Promise<void> {
  list().element.scrollTop = top;
  await list().trigger('scroll');
  await vi.advanceTimersByTimeAsync(300);
}

beforeEach(async () => {
  vi.useFakeTimers();
  // happy-dom lays nothing out; the virtual list asks for these two.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(VIEWPORT_PIXELS);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(600);
  seq = 0;
  lab = scriptedBridge();
  const pinia = createPinia();
  setActivePinia(pinia);
  const global = { plugins: [pinia], provide: { [bridgeKey]: lab.bridge } };
  wrapper = mount(EventsPane, { attachTo: document.body, global });
  await useClusterStore().start();
  await flushPromises();
  await vi.advanceTimersByTimeAsync(300);
});
afterEach(() => {
  wrapper.unmount();
  useClusterStore().stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the event list', () => {
  it('explains itself while nothing has happened', () => {
    expect(wrapper.get('[data-testid=events-empty]').text()).toContain('Nothing has happened yet');
  });

  it('shows the newest event at the top, and only the rows that can be seen', async () => {
    await happen(Array.from({ length: 500 }, (_, index) => wrote(index + 1)));
    expect(shownSeqs()[0]).toBe(500);
    expect(rows().length).toBeLessThan(VIEWPORT_PIXELS / ROW_PIXELS + 10);
    expect(list().attributes('aria-rowcount')).toBe('500');
  });

  it('follows the cluster at the top, stands still once scrolled, and counts what is new', async () => {
    await happen([wrote(1), wrote(2)]);
    await happen([wrote(3)]);
    expect(shownSeqs()).toEqual([3, 2, 1]);
    expect(wrapper.find('[data-testid=events-new]').exists()).toBe(false);

    await scrollTo(40);
    await happen([wrote(4), HEARTBEAT, wrote(5)]);
    expect(shownSeqs()).toEqual([3, 2, 1]);
    expect(wrapper.get('[data-testid=events-new]').text()).toBe('↑ 2 new');

    await wrapper.get('[data-testid=events-new]').trigger('click');
    await vi.advanceTimersByTimeAsync(300);
    expect(shownSeqs()).toEqual([6, 4, 3, 2, 1]);
    await happen([wrote(6)]);
    expect(shownSeqs()[0]).toBe(7);
  });

  it('follows again when scrolled back to the top', async () => {
    await happen([wrote(1)]);
    await scrollTo(40);
    await happen([wrote(2)]);
    await scrollTo(0);
    expect(shownSeqs()).toEqual([2, 1]);
  });

  it('stays paused until it is told to go on', async () => {
    await happen([wrote(1)]);
    await wrapper.get('[data-testid=events-pause]').trigger('click');
    await happen([wrote(2)]);
    await scrollTo(0);
    expect(shownSeqs()).toEqual([1]);
    await wrapper.get('[data-testid=events-pause]').trigger('click');
    expect(shownSeqs()).toEqual([2, 1]);
  });

  it('keeps a held list although thousands of events have come since', async () => {
    await happen([wrote(1), wrote(2)]);
    await wrapper.get('[data-testid=events-pause]').trigger('click');
    for (let round = 0; round < 6; round += 1) await happen(Array.from({ length: 2000 }, () => wrote(9)));
    expect(shownSeqs()).toEqual([2, 1]);
  });

  it('says how many events were lost on the way', async () => {
    expect(wrapper.find('[data-testid=events-dropped]').exists()).toBe(false);
    await happen([wrote(1)], 1, 37);
    expect(wrapper.get('[data-testid=events-dropped]').text(), 'in the header’s word').toBe('37 skipped');
  });
});

describe('the past', () => {
  const past = () => wrapper.get('[data-testid=events-past]');

  /** The lab had come this far before the window attached. */
  function beginAt(lastSeq: number): void {
    seq = lab.view.seq = lastSeq;
  }

  it('says where the lab was opened, when the list reaches that far', async () => {
    await happen([wrote(1)]);
    expect(past().text()).toBe('Here the lab was opened.');
  });

  it('is read from the lab when a person scrolls to the old end, until it is gone', async () => {
    beginAt(3000);
    lab.earlier.push(...historyOf(1500, 1501));
    await happen([wrote(1), wrote(2)]);
    expect(past().text()).toBe('Show earlier events');
    await scrollTo(40);
    expect(list().attributes('aria-rowcount')).toBe('1002');
    await scrollTo(1e6);
    await vi.advanceTimersByTimeAsync(1000);
    await scrollTo(1e6);
    expect(past().text()).toBe('Earlier events are gone: the lab keeps only the latest.');
    expect(list().attributes('aria-rowcount')).toBe('1502');
    expect(shownSeqs().at(-1)).toBe(1501);
  });

  it('is let go of when the list follows again', async () => {
    beginAt(3000);
    lab.earlier.push(...historyOf(10, 2991));
    await happen([wrote(1)]);
    await past().get('button').trigger('click');
    await vi.advanceTimersByTimeAsync(300);
    expect(list().attributes('aria-rowcount')).toBe('11');
    await press('Home');
    await vi.advanceTimersByTimeAsync(300);
    expect(list().attributes('aria-rowcount')).toBe('1');
  });
});

describe('a partition', () => {
  const cut = { ...NO_FAULTS, down: true };
  const link = (from: NodeName, to: NodeName): TraceBody => ({ type: 'linkChanged', from, to, faults: cut });
  const bodies: TraceBody[] = [
    { type: 'partitioned', groups: [['n1'], ['n2', 'n3']] },
    link('n1', 'n2'), link('n2', 'n1'), link('n1', 'n3'), link('n3', 'n1'),
  ];

  async function part(): Promise<void> {
    const { atMs } = eventOf(seq + 1);
    lab.send(bodies.map((body) => ({ ...eventOf(seq += 1, body, 0), atMs })));
    await vi.advanceTimersByTimeAsync(300);
  }

  it('is one row with the number of its links, which are there on demand', async () => {
    await happen([wrote(1)]);
    await part();
    await happen([link('n2', 'n3')], 0);
    expect(shownSeqs()).toEqual([7, 2, 1]);
    expect(rows()[1]?.text()).toContain('partition n1 | n2 n3 2 links');
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowRight');
    expect(wrapper.get('[data-testid=event-parts]').text()).toContain('link n3 → n1: cut');
  });

  it('is found by the name of a link in it', async () => {
    await happen([wrote(1)]);
    await wrapper.get('[data-testid=events-filter]').setValue('n3 → n1');
    await part();
    expect(shownSeqs()).toEqual([2]);
  });
});

describe('a node that asks for pre-votes again and again', () => {
  const asks: TraceBody = {
    type: 'roleChanged', role: 'pre-candidate', previousRole: 'follower', term: 4, leader: 0, votes: [], voterCount: 3,
    reason: 'election timeout',
  };
  const counted: TraceBody = {
    type: 'voteReceived', voter: 1, granted: true, preVote: true, term: 4, grantedCount: 1, refusedCount: 0,
    voterCount: 3,
  };

  it('is one row that counts, also in a list that is filtered meanwhile', async () => {
    await happen([asks, counted]);
    await happen([wrote(1), counted]);
    expect(shownSeqs()).toEqual([3, 2, 1]);
    expect(rows().at(-1)?.text()).toContain('2× asks for pre-votes before it begins term 5');
    await wrapper.get('[data-testid=events-filter]').setValue('pre-votes');
    await happen([counted]);
    expect(rows()).toHaveLength(1);
    expect(rows()[0]?.text()).toContain('3× asks for pre-votes before it begins term 5');
    expect(rows()[0]?.text()).toMatch(/the last at \d\d:\d\d:\d\d\.\d{3}/);
  });
});

describe('the filter', () => {
  it('shows what is important only, on demand', async () => {
    await happen([wrote(1), { type: 'nodeCrashed' }]);
    const button = wrapper.get('[data-testid=events-important]');
    await button.trigger('click');
    expect(shownSeqs()).toEqual([2]);
    expect(button.attributes('aria-pressed')).toBe('true');
    expect(wrapper.get('[data-testid=events-summary]').text()).toBe('filtered: 1 of 2');
    await wrapper.get('[data-testid=events-clear]').trigger('click');
    expect(shownSeqs()).toEqual([2, 1]);
  });

  it('hides heartbeats at first, shows them on demand, and says how many of how many pass', async () => {
    await happen([wrote(1), HEARTBEAT, HEARTBEAT]);
    expect(shownSeqs()).toEqual([1]);
    await wrapper.get('[data-testid=events-kinds]').trigger('click');
    await pressButton('heartbeats');
    expect(shownSeqs()).toEqual([3, 2, 1]);
    expect(wrapper.get('[data-testid=events-summary]').text()).toBe('filtered: 3 of 3');
    await wrapper.get('[data-testid=events-clear]').trigger('click');
    expect(shownSeqs()).toEqual([1]);
  });

  it('keeps one node, and clears on demand', async () => {
    await happen([{ type: 'labOpened', labId: '', name: 'a', pace: 'fast', nodes: ['n1', 'n2', 'n3'] }], 0);
    await happen([wrote(1)], 1);
    await happen([wrote(1)], 2);
    await wrapper.get('[data-testid=events-kinds]').trigger('click');
    await pressButton('n2');
    expect(shownSeqs()).toEqual([3, 1]);
    await pressButton('lab');
    await pressButton('n2');
    await pressButton('n3');
    expect(wrapper.get('[data-testid=events-empty]').text()).toContain('None of the 3');
    await wrapper.get('[data-testid=events-empty] button').trigger('click');
    expect(shownSeqs()).toEqual([3, 2, 1]);
  });

  it('looks for text, and Escape takes the text away', async () => {
    await happen([wrote(1), wrote(2), wrote(12)]);
    const field = wrapper.get('[data-testid=events-filter]');
    expect(field.attributes('aria-keyshortcuts')).toBe('Control+F');
    await field.setValue('"2"');
    expect(shownSeqs()).toEqual([2]);
    await happen([wrote(2), wrote(3)]);
    expect(shownSeqs()).toEqual([4, 2]);
    await field.trigger('keydown', { key: 'Escape' });
    expect(shownSeqs()).toHaveLength(5);
  });

  it('takes the focus when the window asks for it', async () => {
    useWindowStore().focus('events-filter');
    await vi.advanceTimersByTimeAsync(20);
    expect(document.activeElement).toBe(wrapper.get('[data-testid=events-filter]').element);
  });
});

describe('the rows', () => {
  it('colour their subjects by what happened, not by where', async () => {
    const tones = () => rows().map((row) => row.get('.where').classes().filter((name) => name !== 'where').join());
    await happen([
      { type: 'paceChanged', pace: 'fast' },
      { type: 'partitioned', groups: [['n1'], ['n2', 'n3']] },
      { type: 'healed' },
      { type: 'safetyViolated', check: '', section: '', statement: '', message: '', nodes: [1], seenAtSeq: 1 },
    ], 0);
    expect(tones()).toEqual(['bad', 'ok', 'warn', 'plain']);
    await happen([wrote(1), { type: 'nodeCrashed' }, { type: 'nodeFailed', code: 'disk-full', message: '' }]);
    expect(tones().slice(0, 3)).toEqual(['bad', 'warn', 'plain']);
  });

  it('selects the node of an event that is clicked', async () => {
    await happen([wrote(1)], 3);
    await rows()[0]?.trigger('click');
    expect(useClusterStore().selected).toBe('n3');
  });

  it('walks to an event that was chosen elsewhere, and says so when it is not in the list', async () => {
    await happen([wrote(1), wrote(2), wrote(3)]);
    useWindowStore().showEvent(1);
    await flushPromises();
    expect(list().attributes('aria-activedescendant')).toBe('event-1');
    useWindowStore().showEvent(99);
    await flushPromises();
    expect(useToastStore().toasts.map(({ text }) => text).join()).toContain('not in the list');
  });

  it('walks with the arrow keys, stands still meanwhile, and goes back to the newest on Home', async () => {
    await happen([wrote(1), wrote(2), wrote(3)]);
    await press('ArrowDown');
    await press('ArrowDown');
    expect(wrapper.get('.event.active').attributes('id')).toBe('event-2');
    expect(list().attributes('aria-activedescendant')).toBe('event-2');
    await happen([wrote(4)]);
    expect(shownSeqs()[0]).toBe(3);
    await press('Home');
    await vi.advanceTimersByTimeAsync(300);
    expect(shownSeqs()[0]).toBe(4);
  });

  it('shows the raw event on demand, and hides it again', async () => {
    await happen([wrote(7)]);
    await press('ArrowDown');
    await press('ArrowRight');
    expect(wrapper.get('.raw').text()).toContain('"index": 7');
    expect(rows()[0]?.attributes('aria-expanded')).toBe('true');
    await press('ArrowLeft');
    expect(wrapper.find('.raw').exists()).toBe(false);
  });
});
