import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from 'vue';
import type { AttachAnswer } from '../../../src/contract/answers.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { RECENT_EVENTS_MAX, useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { settle, withWindow } from '../support/mountWindow.ts';

const history = openingEvents();
const nextSeq = history.length + 1;
const commit = (seq: number, commitIndex: number): TraceEvent =>
  traceEvent(seq, { type: 'commitAdvanced', commitIndex, previousCommitIndex: commitIndex - 1 }, 1);

let frames: Frames;
let bridge: ManualBridge;
let unmount: () => void;

async function startedStore() {
  const opened = withWindow(bridge, () => useClusterStore());
  unmount = opened.unmount;
  await opened.result.start();
  return opened.result;
}

beforeEach(() => {
  frames = stubFrames();
  bridge = new ManualBridge().answer('lab:attach', () => attachAnswer(history));
});
afterEach(() => {
  unmount();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the cluster store', () => {
  it('attaches and knows the nodes and the leader', async () => {
    const cluster = await startedStore();
    expect(cluster.status).toBe('live');
    expect(cluster.nodeNames).toEqual(['n1', 'n2', 'n3']);
    expect(cluster.leader?.name).toBe('n1');
    expect([...cluster.events()].map((event) => event.seq)).toEqual(history.map((event) => event.seq));
  });

  it('moves once a frame, however many batches came', async () => {
    const cluster = await startedStore();
    const before = cluster.version;
    const versions: number[] = [];
    watch(() => cluster.version, (version) => versions.push(version), { flush: 'sync' });
    bridge.push([commit(nextSeq, 3)]);
    bridge.push([commit(nextSeq + 1, 4)]);
    bridge.push([commit(nextSeq + 2, 5)]);
    expect(versions).toEqual([]);
    frames.draw();
    expect(versions).toEqual([before + 1]);
    expect(cluster.node('n1')?.commitIndex).toBe(5);
  });

  it('acknowledges the newest batch of a frame, once', async () => {
    await startedStore();
    bridge.push([commit(nextSeq, 3)]);
    const newest = bridge.push([commit(nextSeq + 1, 4)]);
    expect(bridge.called('events:acknowledge')).toEqual([]);
    frames.draw();
    expect(bridge.called('events:acknowledge')).toEqual([{ batch: newest }]);
    frames.draw();
    expect(bridge.called('events:acknowledge')).toHaveLength(1);
  });

  it('goes on without frames while the window is hidden', async () => {
    const cluster = await startedStore();
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const newest = bridge.push([commit(nextSeq, 3)]);
    await settle();
    expect(cluster.node('n1')?.commitIndex).toBe(3);
    expect(bridge.called('events:acknowledge')).toEqual([{ batch: newest }]);
  });

  it('goes on when the window is hidden before the frame that it had asked for', async () => {
    const cluster = await startedStore();
    const newest = bridge.push([commit(nextSeq, 3)]);
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(bridge.called('events:acknowledge')).toEqual([{ batch: newest }]);
    expect(cluster.node('n1')?.commitIndex).toBe(3);
  });

  it('attaches again when events are missing, and counts what was dropped', async () => {
    const cluster = await startedStore();
    const later = [...history, commit(nextSeq, 3), commit(nextSeq + 1, 4), commit(nextSeq + 2, 5)];
    bridge.answer('lab:attach', () => attachAnswer(later));
    bridge.push([commit(nextSeq + 2, 5)], 2);
    await settle();
    frames.draw();
    expect(bridge.called('lab:attach')).toHaveLength(2);
    expect(cluster.droppedEvents).toBe(2);
    expect(cluster.node('n1')?.commitIndex).toBe(5);
    expect(cluster.events().newest?.seq).toBe(nextSeq + 2);
  });

  it('folds the batches that arrive while it attaches, and no event twice', async () => {
    let answerAttach: (answer: AttachAnswer) => void = () => undefined;
    bridge.answer('lab:attach', () => new Promise<AttachAnswer>((resolve) => { answerAttach = resolve; }));
    const opened = withWindow(bridge, () => useClusterStore());
    unmount = opened.unmount;
    const starting = opened.result.start();
    await settle();
    const last = history.slice(-1);
    bridge.push([...last, commit(nextSeq, 3)]);
    answerAttach(attachAnswer(history));
    await starting;
    expect(opened.result.node('n1')?.commitIndex).toBe(3);
    expect(opened.result.events().length).toBe(history.length + 1);
  });

  it('attaches once more when a gap shows up among the batches that waited', async () => {
    vi.useFakeTimers();
    const answers = [history, [...history, commit(nextSeq, 3), commit(nextSeq + 1, 4)]];
    bridge.answer('lab:attach', () => {
      if (answers.length === 2) bridge.push([commit(nextSeq + 1, 4)], 1);
      return attachAnswer(answers.shift() ?? []);
    });
    const opened = withWindow(bridge, () => useClusterStore());
    unmount = opened.unmount;
    const starting = opened.result.start();
    await vi.runAllTimersAsync();
    await starting;
    expect(bridge.called('lab:attach')).toHaveLength(2);
    expect(opened.result.node('n1')?.commitIndex).toBe(4);
  });

  it('forgets the old lab when another is opened', async () => {
    const cluster = await startedStore();
    cluster.select('n3');
    const other = openingEvents(2).map((event) => (event.type === 'labOpened' ? { ...event, labId: 'other' } : event));
    bridge.answer('lab:attach', () => attachAnswer(other));
    bridge.push([], 7);
    bridge.changeLab();
    expect(cluster.status).toBe('connecting');
    await settle();
    expect(cluster.status).toBe('live');
    expect(cluster.nodeNames).toEqual(['n1', 'n2']);
    expect(cluster.selected).toBeNull();
    expect(cluster.droppedEvents).toBe(0);
    expect(cluster.events().length).toBe(other.length);
  });

  it('begins anew when the same lab was closed and opened again', async () => {
    const cluster = await startedStore();
    bridge.push([commit(nextSeq, 3), commit(nextSeq + 1, 4)]);
    const [opened] = history;
    bridge.answer('lab:attach', () => attachAnswer(opened === undefined ? [] : [{ ...opened, atMs: 2_000_000 }]));
    bridge.changeLab();
    await settle();
    expect([...cluster.events()].map(({ seq, atMs }) => [seq, atMs])).toEqual([[1, 2_000_000]]);
  });

  it('says why no lab opened, and can try again', async () => {
    bridge.answer('lab:attach', () => ({ code: 'no-open-lab', message: 'No lab is open.' }));
    const cluster = await startedStore();
    expect(cluster.status).toBe('error');
    expect(cluster.error?.message).toBe('No lab is open.');
    expect(cluster.nodes).toEqual([]);
    bridge.answer('lab:attach', () => attachAnswer(history));
    await cluster.start();
    expect(cluster.status).toBe('live');
    expect(cluster.error).toBeNull();
  });

  it('hands components snapshots that do not change', async () => {
    const cluster = await startedStore();
    const before = cluster.node('n1');
    bridge.push([commit(nextSeq, 3)]);
    frames.draw();
    expect(before?.commitIndex).toBe(2);
    expect(cluster.node('n1')).not.toBe(before);
  });

  it('keeps the latest events in bounded memory', async () => {
    const cluster = await startedStore();
    const count = RECENT_EVENTS_MAX + 10;
    bridge.push(Array.from({ length: count }, (_, offset) => commit(nextSeq + offset, 3)));
    expect(cluster.events().length).toBe(RECENT_EVENTS_MAX);
    expect(cluster.events().newest?.seq).toBe(nextSeq + count - 1);
  });

  it('takes the leader of the highest term where a cut-off one still thinks that it leads', async () => {
    const cluster = await startedStore();
    bridge.push([traceEvent(nextSeq, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 5, leader: 3, votes: [2, 3], voterCount: 3,
      reason: 'a majority voted for it',
    }, 3)]);
    frames.draw();
    expect(cluster.leader?.name).toBe('n3');
  });
});
