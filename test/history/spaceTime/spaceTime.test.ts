import { describe, expect, it } from 'vitest';
import { SvgPen } from '../../../src/history/pictures/svgPen.ts';
import type { PictureColours } from '../../../src/history/pictures/pen.ts';
import { drawScene } from '../../../src/history/spaceTime/drawScene.ts';
import { SpaceTime } from '../../../src/history/spaceTime/model.ts';
import { ARROWS_MAX, hit, layScene } from '../../../src/history/spaceTime/scene.ts';
import type { SceneOptions } from '../../../src/history/spaceTime/scene.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';

let seq = 0;
const at = (atMs: number, node: number, body: TraceBody): TraceEvent => ({ ...body, seq: ++seq, atMs, node });
const message = { type: 'AppendEntries', term: 2, logIndex: 1, logTerm: 1, entryCount: 1 } as const;
const sent = (atMs: number, node: number, to: number, messageId: string) =>
  at(atMs, node, { type: 'messageSent', messageId, to, message, bytes: 50 });
const received = (atMs: number, node: number, from: number, messageId: string) =>
  at(atMs, node, { type: 'messageReceived', messageId, from, message, bytes: 50 });

const OPTIONS: SceneOptions = {
  fromMs: 0, toMs: 1000, width: 1044, height: 400, left: 44, nowMs: 1000, selected: null, chosenSeq: null,
  hiddenNodes: new Set(), hiddenKinds: new Set(), isFound: null,
};

function modelOf(events: readonly TraceEvent[]): SpaceTime {
  const model = new SpaceTime();
  for (const event of events) model.add(event);
  return model;
}

/** n1 writes to n2 and n3; what it sends to n3 is lost; n2 crashes; a partition; an operation of unknown outcome. */
const STORY = [
  at(10, 1, { type: 'termChanged', term: 2, previousTerm: 1 }),
  at(20, 0, { type: 'partitioned', groups: [['n1', 'n2'], ['n3']] }),
  at(100, 1, { type: 'clientAsked', requestId: 'r1', client: 'ada', text: 'put x <1>' }),
  sent(110, 1, 2, 'm1'), sent(111, 1, 3, 'm2'),
  at(112, 1, { type: 'messageDropped', messageId: 'm2', to: 3, reason: 'cut' }),
  received(150, 2, 1, 'm1'),
  at(300, 2, { type: 'nodeCrashed' }),
  at(500, 0, { type: 'healed' }),
  at(900, 1, {
    type: 'clientAnswered', requestId: 'r1', text: 'put x <1>', outcome: 'unknown', detail: '', totalMs: 800,
  }),
  at(950, 3, { type: 'roleChanged', role: 'follower', previousRole: 'candidate', term: 2, leader: 1, votes: [],
    voterCount: 3, reason: 'heard from a leader' }),
];

describe('a space-time diagram', () => {
  it('joins what was sent with where it was received or lost, and spans of time with their ends', () => {
    const model = modelOf(STORY);
    expect(model.arrows.map(({ from, to, isLost, end }) => [from, to, isLost, end?.atMs])).toEqual([
      ['n1', 'n2', false, 150], ['n1', 'n3', true, 112],
    ]);
    expect(model.bars.map(({ toMs, outcome }) => [toMs, outcome])).toEqual([[900, 'unknown']]);
    expect(model.bands.map(({ type, nodes, fromMs, toMs }) => [type, nodes, fromMs, toMs])).toEqual([
      ['partition', ['n3'], 20, 500], ['down', ['n2'], 300, null],
    ]);
    expect(model.lanes.get('n1')?.stops.map(({ atMs }) => atMs)).toEqual([10, 100, 110, 111, 112, 900]);
  });

  it('joins them too where the receiver tells of it first', () => {
    const model = modelOf([received(150, 2, 1, 'm1'), received(160, 3, 1, 'other'), sent(110, 1, 2, 'm1')]);
    expect(model.arrows.map(({ from, end }) => [from, end?.atMs])).toEqual([['n1', 150]]);
    expect(model.lanes.get('n2')?.stops[0]?.arrow).toBe(model.arrows[0]);
    expect(model.lanes.get('n3')?.stops).toEqual([]);
  });

  it('places a millisecond on a pixel, and finds again what it has placed', () => {
    const scene = layScene(modelOf(STORY), OPTIONS);
    const [first, lost] = scene.arrows;
    expect([first?.x1, first?.x2]).toEqual([154, 194]);
    expect(lost?.y2).toBeLessThan(scene.lanes[2]?.y ?? 0);
    const found = hit(scene, 174, ((first?.y1 ?? 0) + (first?.y2 ?? 0)) / 2);
    expect(found).toBe(first);
    expect(hit(scene, 700, 5)).toBeNull();
    const hidden = layScene(modelOf(STORY), { ...OPTIONS, hiddenNodes: new Set(['n2']) });
    expect(hidden.arrows).toHaveLength(1);
  });

  it('draws a bounded number of shapes for 100 000 events, and the selection’s arrows alone', () => {
    const events: TraceEvent[] = [];
    for (let turn = 0; turn < 50_000; turn++) {
      const [from, to] = [1 + (turn % 5), 1 + ((turn + 1) % 5)];
      events.push(sent(turn / 50, from, to, `x${turn}`), received(turn / 50 + 0.01, to, from, `x${turn}`));
    }
    const model = modelOf(events);
    const all = layScene(model, OPTIONS);
    expect([all.arrows.length, all.moreArrows]).toEqual([0, 50_000]);
    expect(all.density.length + all.dots.length + all.stretches.length).toBeLessThanOrEqual(5 * 1001 * 2);
    const some = layScene(model, { ...OPTIONS, selected: 'n3' });
    expect(some.arrows).toHaveLength(ARROWS_MAX);
    expect(some.arrows.every(({ arrow }) => arrow.from === 'n3' || arrow.to === 'n3')).toBe(true);
    const close = layScene(model, { ...OPTIONS, fromMs: 500, toMs: 502 });
    expect([close.arrows.length > 90, close.moreArrows]).toEqual([true, 0]);
  });

  it('becomes an SVG file in which no text is markup', () => {
    const pen = new SvgPen();
    const colours: PictureColours = {
      background: '#fff', text: '#000', text2: '#555', quiet: '#ccc', accent: '#00f', bad: '#f00', warn: '#a50',
      ok: '#0a0', term: (term) => ({ fill: `fill-${term}`, ink: '#fff', line: `line-${term}` }),
    };
    drawScene(layScene(modelOf(STORY), OPTIONS), pen, colours, (atMs) => `${atMs} ms`);
    const svg = pen.finish(OPTIONS.width, OPTIONS.height, colours.background, 'Lab <1>');
    expect(svg).toContain('<title>Lab &lt;1&gt;</title>');
    expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text))
      .toEqual(expect.arrayContaining(['n1', 'n2', 'n3', 'ada: put x &lt;1&gt;: unknown', '500 ms']));
    expect(svg.match(/<line [^>]*stroke="line-2"/g)?.length).toBeGreaterThan(2);
    expect(svg).not.toContain('NaN');
  });
});
