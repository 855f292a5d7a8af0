import { describe, expect, it } from 'vitest';
import {
  electorateOf, isQuorum, majorityOf, shareText, standingOf,
} from '../../../src/renderer/stage/electorate.ts';
import { groupsText, namesText, partitionOf, weighGroups } from '../../../src/renderer/stage/groups.ts';
import { changeBothWays, isolate, rejoin } from '../../../src/renderer/stage/linkFaults.ts';
import { insidePolygon } from '../../../src/renderer/stage/geometry.ts';
import { timerLeft } from '../../../src/renderer/stage/electionTimer.ts';
import { asksForMenu, walkRing } from '../../../src/renderer/stage/ringWalk.ts';
import { menuFor } from '../../../src/renderer/stage/stageMenu.ts';
import type { MenuDoer, MenuTarget } from '../../../src/renderer/stage/stageMenu.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { connectedGroups } from '../../../src/trace/network.ts';
import type { ClusterView } from '../../../src/trace/view.ts';
import { clusterView, cutBetween, setFaults } from './support.ts';

describe('groups', () => {
  it('are what the cut links leave', () => {
    const view = clusterView(5);
    expect(connectedGroups(view)).toEqual([['n1', 'n2', 'n3', 'n4', 'n5']]);
    cutBetween(view, [['n1', 'n3'], ['n2', 'n4', 'n5']]);
    expect(connectedGroups(view)).toEqual([['n1', 'n3'], ['n2', 'n4', 'n5']]);
  });

  it('hold together over a link that is cut one way only, and over a third node', () => {
    const view = clusterView(3);
    cutBetween(view, [['n1'], ['n2', 'n3']]);
    setFaults(view, 'n1', 'n3', { down: false });
    expect(connectedGroups(view)).toEqual([['n1', 'n2', 'n3']]);
  });

  it('say who has the majority', () => {
    const electorate = electorateOf(clusterView(5));
    expect(groupsText(weighGroups([['n1', 'n2'], ['n3', 'n4', 'n5']], electorate)))
      .toBe('n1 n2 (minority) | n3 n4 n5 (majority)');
    expect(weighGroups([['n1', 'n2']], electorateOf(clusterView(4)))[0]?.weight).toBe('minority');
  });

  it('know a group without voters', () => {
    const view = clusterView(3, { n3: { id: 1003, incarnation: 2, configuration: null } });
    const electorate = electorateOf(view);
    expect(electorate).toEqual({ voters: ['n1', 'n2'], count: 3, outgoing: null, learners: [] });
    expect(weighGroups([['n3']], electorate)[0]?.weight).toBe('no voters');
  });

  it('need two sides to be a partition', () => {
    expect(partitionOf(['n1', 'n2'], new Set())).toBeNull();
    expect(partitionOf(['n1', 'n2'], new Set(['n1', 'n2'] as const))).toBeNull();
    expect(partitionOf(['n1', 'n2'], new Set(['n2'] as const))).toEqual([['n2'], ['n1']]);
  });

  it('have short names', () => {
    expect(namesText(['n1', 'n2', 'n3'])).toBe('n1 n2 n3');
    expect(namesText(['n1', 'n3', 'n4', 'n5', 'n6', 'n9', 'n10', 'n12'])).toBe('n1 n3–n6 n9 n10 n12');
  });

  it('count majorities as Raft does', () => {
    expect([1, 2, 3, 4, 5, 9].map(majorityOf)).toEqual([1, 2, 2, 3, 3, 5]);
  });
});

describe('a joint configuration', () => {
  const joint = { voters: [2, 3, 4], votersOutgoing: [1, 2, 3], learners: [5], learnersNext: [], autoLeave: true };
  const view = clusterView(5);
  for (const node of Object.values(view.nodes)) node.configuration = joint;
  const electorate = electorateOf(view);

  it('has two halves', () => {
    expect(electorate).toEqual({
      voters: ['n2', 'n3', 'n4'], count: 3, outgoing: { names: ['n1', 'n2', 'n3'], count: 3 }, learners: ['n5'],
    });
    expect((['n1', 'n2', 'n4', 'n5'] as const).map((name) => standingOf(name, electorate)))
      .toEqual(['outgoing', 'both', 'incoming', 'learner']);
  });

  it('needs a majority of each', () => {
    expect(isQuorum(['n2', 'n3'], electorate)).toBe(true);
    expect(isQuorum(['n1', 'n2'], electorate)).toBe(false);
    expect(isQuorum(['n3', 'n4'], electorate)).toBe(false);
    expect(shareText(['n1', 'n2'], electorate)).toBe('2 of 3 old, 1 of 3 new');
    expect(weighGroups([['n1', 'n2'], ['n3', 'n4'], ['n5']], electorate).map(({ weight }) => weight))
      .toEqual(['minority', 'minority', 'no voters']);
  });

  it('is what the leader says, where others know of as many commits and not of it', () => {
    const behind = clusterView(3);
    const [leader] = Object.values(behind.nodes);
    if (leader !== undefined) leader.configuration = joint;
    expect(electorateOf(behind).outgoing?.count).toBe(3);
  });
});

describe('changing links', () => {
  it('keeps what else is done to them, each direction its own', () => {
    const view = clusterView(3);
    setFaults(view, 'n1', 'n2', { lossPercent: 10 });
    expect(changeBothWays(view, 'n1', 'n2', { down: true }).map(({ faults }) => [faults.down, faults.lossPercent]))
      .toEqual([[true, 10], [true, 0]]);
  });

  it('isolates a node from everybody, and lets it in again', () => {
    const view = clusterView(4);
    expect(isolate(view, 'n2')).toHaveLength(6);
    expect(isolate(view, 'n2').every((order) => order.faults.down)).toBe(true);
    expect(rejoin(view, 'n2').every((order) => !order.faults.down)).toBe(true);
  });
});

describe('the menus', () => {
  const ran: string[] = [];
  const note = (what: string) => (...details: unknown[]) => ran.push(`${what} ${JSON.stringify(details)}`);
  const doer: MenuDoer = {
    perform: note('perform'), addNode: note('addNode'), select: note('select'),
    orderLinks: note('orderLinks'), editLink: note('editLink'),
    startPartition: note('partition'), heal: note('heal'), toggleTable: note('table'), showLogs: note('logs'),
    showSpaceTime: note('space-time'),
    toolRefusal: () => null, refusal: () => null,
  };
  const idsOf = (view: ClusterView, target: MenuTarget) =>
    menuFor(view, target, doer).filter((entry) => entry.type !== 'separator').map((entry) => entry.id);

  it('offer a node what makes sense in its state', () => {
    const view = clusterView(3, { n2: { life: 'crashed' }, n3: { life: 'paused' } });
    expect(idsOf(view, { type: 'node', name: 'n1' })).toEqual([
      'crash', 'pause', 'compact', 'wipe', 'demote', 'replace', 'remove', 'cut-links', 'isolate', 'partition', 'select',
    ]);
    expect(idsOf(view, { type: 'node', name: 'n2' }).slice(0, 2)).toEqual(['restart', 'wipe']);
    expect(idsOf(view, { type: 'node', name: 'n3' }).slice(0, 2)).toEqual(['crash', 'resume']);
    expect(idsOf(clusterView(1), { type: 'node', name: 'n1' }))
      .toEqual(['crash', 'pause', 'compact', 'wipe', 'replace', 'select']);
  });

  it('offer a node what makes sense at its place in the configuration', () => {
    const configuration = { voters: [1, 2], votersOutgoing: [], learners: [3], learnersNext: [], autoLeave: false };
    const view = clusterView(4);
    for (const node of Object.values(view.nodes)) node.configuration = configuration;
    const membershipOf = (name: NodeName) => idsOf(view, { type: 'node', name })
      .filter((id) => ['transfer', 'promote', 'demote', 'replace', 'remove', 'forgetLeader'].includes(id));
    expect(membershipOf('n1')).toEqual(['demote', 'replace', 'remove']);
    expect(membershipOf('n2')).toEqual(['transfer', 'demote', 'forgetLeader', 'replace', 'remove']);
    expect(membershipOf('n3')).toEqual(['promote', 'forgetLeader', 'replace', 'remove']);
    expect(membershipOf('n4')).toEqual(['forgetLeader', 'remove']);
    const remove = menuFor(view, { type: 'node', name: 'n2' }, doer).find((entry) => entry.id === 'remove');
    expect(remove).toMatchObject({ danger: true, label: 'Remove from the cluster…' });
    if (remove?.type === 'item') remove.run();
    expect(ran.at(-1)).toBe('perform ["remove","n2"]');
  });

  it('offer to remove a node that is away, and nothing that takes its machine', () => {
    const view = clusterView(3, { n2: { life: 'away' } });
    expect(idsOf(view, { type: 'node', name: 'n2' }))
      .toEqual(['demote', 'remove', 'cut-links', 'isolate', 'partition', 'select']);
  });

  it('offer a cut node its way back', () => {
    const view = clusterView(3);
    cutBetween(view, [['n1'], ['n2', 'n3']]);
    expect(idsOf(view, { type: 'node', name: 'n1' })).toContain('rejoin');
    expect(idsOf(view, { type: 'node', name: 'n1' })).not.toContain('isolate');
    expect(idsOf(view, { type: 'stage' }))
      .toEqual(['partition', 'heal', 'add-node', 'add-learner', 'logs', 'space-time', 'table']);
  });

  it('offer a link to be healed only when something is done to it', () => {
    const view = clusterView(2);
    const link = { type: 'link', a: 'n1', b: 'n2' } as const;
    expect(idsOf(view, link)).not.toContain('heal');
    setFaults(view, 'n2', 'n1', { delayMs: 50 });
    expect(idsOf(view, link)).toContain('heal');
    const oneWay = menuFor(view, link, doer).find((entry) => entry.id === 'cut-back');
    if (oneWay?.type === 'item') oneWay.run();
    expect(ran.at(-1)).toContain('"from":"n2","to":"n1"');
    expect(ran.at(-1)).toContain('"down":true');
    expect(ran.at(-1)).toContain('"delayMs":50');
  });
});

describe('walking the ring', () => {
  it('goes round, both ways and to the ends', () => {
    const names = ['n1', 'n2', 'n3'] as const;
    expect(walkRing(names, 'n1', 'ArrowRight')).toBe('n2');
    expect(walkRing(names, 'n3', 'ArrowDown')).toBe('n1');
    expect(walkRing(names, 'n1', 'ArrowLeft')).toBe('n3');
    expect(walkRing(names, 'n3', 'Home')).toBe('n1');
    expect(walkRing(names, 'n1', 'End')).toBe('n3');
    expect(walkRing(names, 'n1', 'x')).toBeNull();
  });

  it('knows the keys that ask for a menu', () => {
    expect(asksForMenu({ key: 'ContextMenu', shiftKey: false })).toBe(true);
    expect(asksForMenu({ key: 'F10', shiftKey: true })).toBe(true);
    expect(asksForMenu({ key: 'F10', shiftKey: false })).toBe(false);
  });
});

describe('small geometry', () => {
  it('knows what a loop holds', () => {
    const loop = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 10 }, { x: 0, y: 10 }];
    expect(insidePolygon({ x: 5, y: 5 }, loop)).toBe(true);
    expect(insidePolygon({ x: 15, y: 5 }, loop)).toBe(false);
    expect(insidePolygon({ x: 5, y: 5 }, [])).toBe(false);
  });

  it('drains an election timer, and never below nothing or above full', () => {
    const timer = { startedAtMs: 1000, timeoutMs: 200 };
    expect(timerLeft(timer, 1000)).toBe(1);
    expect(timerLeft(timer, 1150)).toBeCloseTo(0.25);
    expect(timerLeft(timer, 1500)).toBe(0);
    expect(timerLeft(timer, 900)).toBe(1);
    expect(timerLeft({ startedAtMs: 0, timeoutMs: 0 }, 5)).toBe(0);
  });
});
