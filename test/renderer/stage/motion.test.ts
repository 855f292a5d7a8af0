import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick } from 'vue';
import type { VueWrapper } from '@vue/test-utils';
import StageView from '../../../src/renderer/stage/StageView.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import { stubCanvas } from '../support/canvas.ts';
import type { DrawnCanvas } from '../support/canvas.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const FRAME_MS = 16;
/** Longer than anything that a test here sets in motion. */
const FRAMES_MAX = 600;
const NODES = 3;
const TIMEOUT_MS = 2000;

let bridge: ManualBridge;
let frames: Frames;
let drawn: DrawnCanvas;
let wrapper: VueWrapper;
let seq = 0;

const Host = defineComponent(() => {
  const cluster = useClusterStore();
  void cluster.start();
  return () => (cluster.status === 'live' ? h(StageView) : null);
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  frames = stubFrames();
  drawn = stubCanvas();
  const events = openingEvents(NODES);
  seq = events.length;
  bridge = new ManualBridge().answer('lab:attach', () => attachAnswer(events));
  wrapper = mountWindow(Host, bridge);
  await untilRest();
});
afterEach(() => {
  wrapper.unmount();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** One frame, if anybody asked for one. */
async function frame(): Promise<boolean> {
  await settle();
  await nextTick();
  vi.advanceTimersByTime(FRAME_MS);
  return frames.draw() > 0;
}

/** Draws until nobody asks for a frame. @returns how many frames there were */
async function untilRest(): Promise<number> {
  let count = 0;
  while (await frame()) {
    count += 1;
    if (count > FRAMES_MAX) throw new Error('the stage does not come to rest');
  }
  return count;
}

function happen(body: TraceBody, node: number): void {
  seq += 1;
  bridge.push([{ ...traceEvent(seq, body, node), atMs: Date.now() }]);
}

const startTimer = (node: number): void => { happen({ type: 'electionTimerStarted', timeoutMs: TIMEOUT_MS }, node); };

describe('the stage comes to rest', () => {
  it('when nothing is under way', async () => {
    expect(await untilRest()).toBe(0);
    // Other parts of the window look at the time now and then; the stage draws nothing for it.
    vi.advanceTimersByTime(10_000);
    await settle();
    expect(frames.draw()).toBe(0);
  });

  it('when a timer has run out', async () => {
    startTimer(2);
    const count = await untilRest();
    expect(count).toBeGreaterThan(TIMEOUT_MS / FRAME_MS - 3);
    expect(drawn.calls.some(([name]) => name === 'arc')).toBe(true);
  });

  it.each([
    ['crashed', { type: 'nodeCrashed' }],
    ['paused', { type: 'nodePaused' }],
  ] as const)('at once when the node whose timer runs is %s', async (_, body) => {
    startTimer(2);
    await frame();
    await frame();
    happen(body, 2);
    expect(await untilRest()).toBeLessThan(4);
  });

  it('when a message has arrived, and paints it until then', async () => {
    const messageId = 'm1';
    const message = { type: 'Heartbeat', term: 2 } as const;
    happen({ type: 'messageSent', messageId, to: 2, bytes: 60, message }, 1);
    happen({ type: 'messageReceived', messageId, from: 1, bytes: 60, message }, 2);
    drawn.calls.length = 0;
    const count = await untilRest();
    expect(count).toBeGreaterThan(20);
    expect(drawn.calls.filter(([name]) => name === 'fill').length).toBeGreaterThan(20);
    // The last frame leaves an empty canvas.
    expect(drawn.calls.at(-1)?.[0]).toBe('clearRect');
  });

  it('in the middle of everything when nobody can see it', async () => {
    startTimer(2);
    await frame();
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    expect(await untilRest()).toBeLessThan(3);
  });
});
