import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventBatch, KvAnswer, NodeKvPage } from '../../../src/contract/answers.ts';
import type { Bridge } from '../../../src/contract/commands.ts';
import type { Reply } from '../../../src/contract/errors.ts';
import type { KvResult } from '../../../src/kv/commands.ts';
import { bridgeKey } from '../../../src/renderer/bridge/index.ts';
import ConsolePane from '../../../src/renderer/console/ConsolePane.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import { emptyView } from '../../../src/trace/fold.ts';
import type { NodeName } from '../../../src/trace/names.ts';

interface Sent {
  readonly name: string;
  readonly input: unknown;
  readonly reply: (reply: Reply<unknown>) => void;
}

const NODES: readonly NodeName[] = ['n1', 'n2', 'n3'];
const KEYS: NodeKvPage = {
  lastApplied: 3, keyCount: 1, entries: [{ key: 'colour', value: 'red' }], truncated: false,
};

/** A bridge whose replies a test gives when it likes; only attaching and reading keys are answered at once. */
function scriptedBridge() {
  const stop = vi.fn();
  const sent: Sent[] = [];
  const immediate: Record<string, unknown> = {
    'lab:attach': { view: emptyView(), recentEvents: [] }, 'node:kv': KEYS, 'events:acknowledge': null,
    'events:page': [],
  };
  let deliver = (_batch: EventBatch): void => { throw new Error('nobody listens yet'); };
  const invoke = (name: string, input: unknown) => {
    if (name in immediate) return Promise.resolve({ ok: true, value: immediate[name] });
    return new Promise((reply) => { sent.push({ name, input, reply }); });
  };
  const bridge: Bridge = {
    invoke: invoke as Bridge['invoke'],
    onEvents: (listener) => { deliver = listener; return stop; },
    onLabChanged: () => stop,
    onTime: () => stop,
    onSignal: () => stop,
  };
  let seq = 0;
  const happen = (bodies: readonly (readonly [node: number, body: TraceBody])[]) => {
    const events = bodies.map(([node, body]) => ({ ...body, node, seq: seq += 1, atMs: Date.now() }));
    deliver({ batch: seq, firstSeq: events[0]?.seq ?? 1, dropped: 0, events });
  };
  /** The lab knows of so many events that the window has not heard of. */
  const newestEvent = (ahead = 0) => { immediate['events:page'] = [{ seq: seq + ahead }]; };
  return { bridge, sent, happen, newestEvent };
}

const started = (name: NodeName): TraceBody => ({
  type: 'nodeStarted', name, incarnation: 1, address: '127.0.0.1', port: 1, threadId: 1, databasePath: '', boot: 1,
  hardState: { currentTerm: 1, votedFor: 0, commitIndex: 0 }, firstIndex: 1, lastIndex: 0, tail: [], openMs: 1,
});

let lab: ReturnType<typeof scriptedBridge>;
let wrapper: ReturnType<typeof mount>;

const field = () => wrapper.get<HTMLInputElement>('[data-testid=console-input]');
const target = () => wrapper.get<HTMLSelectElement>('[data-testid=console-target]');
const exchanges = () => wrapper.findAll('[data-testid=console-exchange]');
const states = () => exchanges().map((exchange) => exchange.attributes('data-state'));
/** Question and answer, as they are read out and copied. */
const text = (index: number) => exchanges()[index]?.findAll(':scope > *')
  .map((part) => part.text().replaceAll(/\s+/g, ' ').trim()).join(' ');

async function enter(line: string): Promise<void> {
  await field().setValue(line);
  await field().trigger('keydown', { key: 'Enter' });
  await flushPromises();
}

async function reply(index: number, answer: Reply<unknown>): Promise<void> {
  lab.sent[index]?.reply(answer);
  await flushPromises();
}

function answered(result: KvResult, index = 17): Reply<KvAnswer> {
  const timing = { totalMs: 1.42, appendedMs: 0.4, committedMs: 1 };
  const value: KvAnswer = { result, index, term: 3, route: ['n1', 'n3'], leader: 'n3', hops: 1, tries: 1, timing };
  return { ok: true, value };
}

beforeEach(async () => {
  vi.useFakeTimers();
  localStorage.clear();
  lab = scriptedBridge();
  const pinia = createPinia();
  setActivePinia(pinia);
  const global = { plugins: [pinia], provide: { [bridgeKey]: lab.bridge } };
  wrapper = mount(ConsolePane, { attachTo: document.body, global });
  await useClusterStore().start();
  lab.happen([
    [0, { type: 'labOpened', labId: 'a', name: 'A', pace: 'class', nodes: NODES }],
    ...NODES.map((name, index) => [index + 1, started(name)] as const),
    [3, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 3, leader: 3, votes: [1, 3], voterCount: 3,
      reason: 'won',
    }],
    [1, { type: 'leaderChanged', leader: 3, term: 3 }],
  ]);
  await vi.advanceTimersByTimeAsync(50);
});
afterEach(() => {
  wrapper.unmount();
  useClusterStore().stop();
  vi.useRealTimers();
});

describe('asking', () => {
  it('asks the chosen node and shows the value with its route', async () => {
    await enter('get colour');
    expect(lab.sent[0]).toMatchObject({
      name: 'kv:execute', input: { node: 'n1', command: { op: 'get', key: 'colour' } },
    });
    expect(states()).toEqual(['running']);
    await reply(0, answered({ type: 'value', value: 'sea' }));
    expect(states()).toEqual(['ok']);
    expect(text(0)).toBe('n1 ❯ get colour "sea" index 17 · term 3 · n1 → n3 · 1.4 ms');
  });

  it('names the nodes with their roles, and asks the one that is selected', async () => {
    const options = target().findAll('option').map((option) => option.text());
    expect(options).toEqual(['n1 follower', 'n2 follower', 'n3 leader']);
    await target().setValue('n2');
    await enter('incr visits');
    expect(lab.sent[0]).toMatchObject({ input: { node: 'n2' } });
  });

  it('follows "use", also to the leader, and @ asks another once', async () => {
    await enter('use leader');
    expect(target().element.value).toBe('n3');
    await enter('@n2 get colour');
    expect(lab.sent[0]).toMatchObject({ input: { node: 'n2' } });
    expect(target().element.value).toBe('n3');
    await enter('use n9');
    expect(states().at(-1)).toBe('error');
    expect(text(2)).toContain('no node n9');
  });

  it('keeps several commands under way, and each answer with its question', async () => {
    await enter('incr visits');
    await enter('get colour');
    await enter('put owner ada');
    await reply(1, answered({ type: 'value', value: 'sea' }));
    expect(states()).toEqual(['running', 'ok', 'running']);
    await reply(0, answered({ type: 'number', value: 7 }));
    await reply(2, answered({ type: 'written', previous: null }));
    expect([text(0), text(1), text(2)].map((line) => line?.split(' index')[0])).toEqual([
      'n1 ❯ incr visits 7', 'n1 ❯ get colour "sea"', 'n1 ❯ put owner ada ok',
    ]);
  });

  it('says for how long a command is under way and what it waits for', async () => {
    await enter('put colour sea');
    await vi.advanceTimersByTimeAsync(2300);
    expect(wrapper.get('[data-testid=console-waiting]').text()).toMatch(/n1 → n3: waiting for an answer … {2}2\.[23] s/);
    lab.happen([[1, { type: 'nodePaused' }]]);
    await vi.advanceTimersByTimeAsync(200);
    expect(wrapper.get('[data-testid=console-waiting]').text()).toContain('n1 is paused');
  });

  it('says what the asked node tells of this very command', async () => {
    await enter('put colour sea');
    await enter('put owner ada');
    const names = lab.sent.map(({ input }) => (input as { traceId: string }).traceId);
    expect(new Set(names).size).toBe(2);
    lab.happen(names.map((requestId, at) => [1, {
      type: 'clientWaits', requestId, text: '', waitsFor: at === 0 ? 'session' : 'commit', index: 7 + at, term: 3,
    }]));
    await vi.advanceTimersByTimeAsync(300);
    expect(wrapper.findAll('[data-testid=console-waiting]').map((line) => line.text())).toEqual([
      expect.stringContaining('in no log yet; first the client session, entry 7, needs a majority'),
      expect.stringContaining('entry 8 waits for a majority'),
    ]);
  });

  it('takes no more commands than may be under way', async () => {
    for (let number = 0; number < 33; number += 1) await enter('incr visits');
    expect(lab.sent).toHaveLength(32);
    expect(states().at(-1)).toBe('error');
  });
});

describe('answers that are no success', () => {
  it('never shows an unknown outcome as a failure', async () => {
    await enter('put colour sea');
    await reply(0, { ok: false, error: { code: 'unknown-outcome', message: 'unknown outcome after 5 s' } });
    expect(states()).toEqual(['unknown']);
    expect(wrapper.find('.error').exists()).toBe(false);
    expect(text(0)).toContain('It may still take effect.');
  });

  it('says what became of an unknown outcome, at its question', async () => {
    const decision = (index: number) => exchanges()[index]?.find('[data-testid=console-decision]');
    for (const line of ['put colour sea', 'put owner ada', 'put shape round', 'put size big']) await enter(line);
    const names = lab.sent.map(({ input }) => (input as { traceId: string }).traceId);
    for (const at of [0, 1, 2, 3]) {
      await reply(at, { ok: false, error: { code: 'unknown-outcome', message: 'It may still take effect.' } });
    }
    const decided = (at: number, isApplied: boolean, detail: string): readonly [number, TraceBody] =>
      [1, { type: 'clientDecided', requestId: names[at] ?? '', text: '', isApplied, detail }];
    lab.happen([
      decided(0, true, 'entry 7 of term 3'), decided(1, false, 'entry 8 of term 3 was overwritten'),
      [1, {
        type: 'clientAnswered', requestId: names[2] ?? '', text: '', outcome: 'ok', detail: 'index 9, term 3',
        totalMs: 1,
      }],
      [1, { type: 'clientAnswered', requestId: names[3] ?? '', text: '', outcome: 'unknown', detail: '', totalMs: 1 }],
    ]);
    await vi.advanceTimersByTimeAsync(50);
    expect([0, 1, 2].map((at) => decision(at)?.text())).toEqual([
      'decided: it was applied entry 7 of term 3',
      'decided: it never takes effect entry 8 of term 3 was overwritten',
      'decided: it was applied index 9, term 3',
    ]);
    expect(decision(3)?.exists()).toBe(false);
  });

  it('shows an error in the lab’s words', async () => {
    await enter('get colour');
    await reply(0, { ok: false, error: { code: 'node-crashed', message: 'node n1 has crashed: restart it' } });
    expect(states()).toEqual(['error']);
    expect(text(0)).toContain('node n1 has crashed: restart it');
  });

  it('points at what could not be understood, and says what to write', async () => {
    await enter('loss n1 n2 140');
    expect(lab.sent).toHaveLength(0);
    expect(wrapper.get('mark').text()).toBe('140');
    expect(text(0)).toContain('loss NODE');
  });
});

describe('the lab by typing', () => {
  it('crashes several nodes, and says which of them could not be', async () => {
    await enter('crash n1 n2');
    await reply(0, { ok: true, value: null });
    await reply(1, { ok: false, error: { code: 'node-crashed', message: 'node n2 is crashed already' } });
    expect(lab.sent.map(({ name, input }) => [name, input])).toEqual([
      ['node:crash', { node: 'n1' }], ['node:crash', { node: 'n2' }],
    ]);
    expect(states()).toEqual(['error']);
    expect(text(0)).toContain('n2 is crashed already');
  });

  it('parts the network and says how', async () => {
    await enter('partition leader');
    expect(lab.sent[0]).toMatchObject({ name: 'network:partition', input: { groups: [['n3'], ['n1', 'n2']] } });
    await reply(0, { ok: true, value: null });
    expect(text(0)).toBe('n1 ❯ partition leader ok n3 | n1 n2');
  });

  it('shows the nodes as a table, the help, and clears the screen', async () => {
    await enter('status');
    expect(text(0)).toMatch(/n3 leader 3/);
    await enter('help');
    expect(text(1)).toContain('cas KEY EXPECTED VALUE');
    await enter('help cas');
    expect(text(2)).toContain('e.g. cas colour red sea');
    await enter('clear');
    expect(exchanges()).toHaveLength(0);
    await enter('status');
    await field().trigger('keydown', { key: 'l', ctrlKey: true });
    expect(exchanges()).toHaveLength(0);
  });
});

describe('several lines that are pasted', () => {
  const pastedNote = () => wrapper.find('[data-testid=console-pasted]');
  const questions = () => exchanges().map((exchange) => exchange.get('.question').text());

  async function paste(text: string): Promise<void> {
    const event = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: () => text } });
    field().element.dispatchEvent(event);
    await flushPromises();
  }

  it('are run one by one, each answered before the next is sent, also when one fails', async () => {
    await paste('put a 1\nput b\nput c 3\nput d 4');
    expect(lab.sent).toHaveLength(1);
    expect(pastedNote().text()).toContain('3 lines to come');
    expect(pastedNote().text()).toContain('next: put b');
    await reply(0, { ok: false, error: { code: 'no-leader', message: 'not sent' } });
    expect(questions()).toEqual(['n1 ❯ put a 1', 'n1 ❯ put b', 'n1 ❯ put c 3']);
    expect(states()).toEqual(['error', 'error', 'running']);
    expect(pastedNote().text()).toContain('1 line to come');
    await reply(1, answered({ type: 'written', previous: null }));
    await reply(2, answered({ type: 'written', previous: null }));
    expect(pastedNote().exists()).toBe(false);
    await field().trigger('keydown', { key: 'ArrowUp' });
    expect(field().element.value).toBe('put d 4');
  });

  it('are called off with Escape, but for the one under way', async () => {
    await paste('put a 1\nput b 2\nput c 3');
    await field().trigger('keydown', { key: 'Escape' });
    expect(pastedNote().exists()).toBe(false);
    expect(text(1)).toContain('cancelled: 2 lines were not run, from put b 2 on');
    await reply(0, answered({ type: 'written', previous: null }));
    expect([lab.sent.length, states()]).toEqual([1, ['ok', 'note']]);
    await paste('put d 4\nput e 5');
    expect(lab.sent).toHaveLength(2);
  });

  it('see the lab as the line before has left it, and wait for a leader where they say so', async () => {
    lab.newestEvent();
    await paste('crash leader\n@leader put a 1');
    await vi.advanceTimersByTimeAsync(20);
    expect(lab.sent[0]).toMatchObject({ name: 'node:crash', input: { node: 'n3' } });
    lab.happen([[3, { type: 'nodeCrashed' }]]);
    lab.newestEvent();
    await reply(0, { ok: true, value: null });
    await vi.advanceTimersByTimeAsync(5000);
    expect(lab.sent, 'nobody leads').toHaveLength(1);
    lab.happen([[2, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 4, leader: 2, votes: [1, 2], voterCount: 3,
      reason: 'won',
    }]]);
    await vi.advanceTimersByTimeAsync(50);
    expect(lab.sent[1]).toMatchObject({ name: 'kv:execute', input: { node: 'n2' } });
  });

  it('wait until the window has heard of what the lab knew', async () => {
    lab.newestEvent(1);
    await paste('crash leader\nstatus');
    expect(lab.sent).toHaveLength(0);
    lab.happen([[2, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 4, leader: 2, votes: [1, 2], voterCount: 3,
      reason: 'won',
    }]]);
    await vi.advanceTimersByTimeAsync(50);
    expect(lab.sent[0]).toMatchObject({ name: 'node:crash', input: { node: 'n2' } });
  });
});

describe('the pane', () => {
  it('completes commands, nodes and the keys of the asked node and of answers', async () => {
    const suggestions = () => wrapper.findAll('[role=option]').map((option) => option.text());
    await field().setValue('get co');
    expect(suggestions()).toEqual(['colour']);
    await enter('list');
    const entries = [{ key: 'cost', value: '1' }];
    await reply(0, answered({ type: 'list', entries, truncated: false }));
    await field().setValue('get co');
    expect(suggestions()).toEqual(['colour', 'cost']);
    await enter('delete cost');
    await reply(1, answered({ type: 'deleted', previous: '1' }));
    await field().setValue('get co');
    expect(suggestions()).toEqual(['colour']);
    await field().setValue('crash ');
    expect(suggestions()).toEqual(['n1', 'n2', 'n3', 'leader', 'all']);
  });

  it('writes an example into the line, and keeps what was entered across restarts', async () => {
    await wrapper.get('[data-testid=console-welcome] button').trigger('click');
    expect(field().element.value).toBe('put colour teal');
    await field().trigger('keydown', { key: 'Enter' });
    expect(localStorage.getItem('raftlab.console.history')).toContain('put colour teal');
    expect(wrapper.find('[data-testid=console-welcome]').exists()).toBe(false);
  });

  it('shortens a long value, and shows the whole of it on demand', async () => {
    await enter('get colour');
    await reply(0, answered({ type: 'value', value: 'x'.repeat(5000) }));
    expect(text(0)?.length).toBeLessThan(600);
    await wrapper.get('[data-testid=console-show-all]').trigger('click');
    expect(text(0)?.length).toBeGreaterThan(5000);
  });

  it('shows no more of a very long value than a window can lay out, and copies all of it', async () => {
    const value = `"${'y'.repeat(2 ** 20 - 2)}"`;
    await enter('get colour');
    await reply(0, answered({ type: 'value', value }));
    await wrapper.get('[data-testid=console-show-all]').trigger('click');
    expect(text(0)?.length).toBeGreaterThan(20_000);
    expect(text(0)?.length).toBeLessThan(21_000);
    const copied: string[] = [];
    const execCommand = () => {
      const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), cancelable: true });
      document.dispatchEvent(event);
      copied.push(event.clipboardData?.getData('text/plain') ?? '');
      return true;
    };
    Object.assign(document, { execCommand });
    await wrapper.get('[data-testid=console-copy-whole]').trigger('click');
    expect(copied).toEqual([value]);
  });

  it('asks for the kind of read that was chosen, where the line says none itself', async () => {
    const choice = wrapper.get<HTMLSelectElement>('[data-testid=console-read]');
    await enter('get colour');
    choice.element.value = 'stale';
    await choice.trigger('change');
    await enter('get colour');
    await enter('list');
    await enter('get colour log');
    await enter('put colour teal');
    expect(lab.sent.map(({ input }) => (input as { read?: string }).read))
      .toEqual(['read-index', 'stale', 'stale', 'log', undefined]);
  });

  it('marks where another lab was opened', async () => {
    await enter('frobnicate');
    lab.happen([[0, { type: 'labOpened', labId: 'other', name: 'Other', pace: 'class', nodes: ['n1'] }]]);
    await vi.advanceTimersByTimeAsync(50);
    expect(text(1)).toBe('lab ❯ “Other” is open; the lines above belong to another lab');
  });

  it('takes the focus when the window asks for it', async () => {
    useWindowStore().focus('console');
    await flushPromises();
    expect(document.activeElement).toBe(field().element);
  });
});
