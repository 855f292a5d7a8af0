/** Explanations of what happened in a real simulated cluster: a lost write, elections, refused votes, commits. */
import { beforeAll, describe, expect, test } from 'vitest';
import { originOf } from '../../../src/history/why/originOf.ts';
import type { EventOf, WhyChain } from '../../../src/history/why/whyChain.ts';
import { whyNot } from '../../../src/history/why/whyNot.ts';
import { whyOf } from '../../../src/history/why/whyOf.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { LabInHand } from '../../sim/lab/labInHand.ts';

/** Longer stretches are not told event by event. */
const STRETCH_MS = 100;

let lab: LabInHand;
let old: NodeName;
let mate: NodeName;
let others: readonly NodeName[];
/** What was missing while the old leader was in the minority. */
let missing: Readonly<Record<'commit' | 'read' | 'lead' | 'catchUp', string | null>>;
let missingLater: readonly (string | null)[];

async function runFor(forMs: number): Promise<void> {
  for (let doneMs = 0; doneMs < forMs; doneMs += STRETCH_MS) await lab.runFor(STRETCH_MS);
}

async function put(node: NodeName, key: string, value: string): Promise<unknown> {
  const answer = lab.timeline.execute('kv:execute', { node, command: { op: 'put', key, value } }).catch(String);
  await runFor(200);
  return answer;
}

beforeAll(async () => {
  lab = LabInHand.make({ nodeCount: 5, pace: 'fast' });
  await runFor(1000);
  old = lab.leader;
  const [first, ...rest] = Object.values(lab.view.nodes).map(({ name }) => name).filter((name) => name !== old);
  mate = first ?? expect.unreachable('there are five');
  others = rest;
  await put(old, 'x', '1');
  await lab.do('network:partition', { groups: [[old, mate], [...others]] });
  const lost = lab.timeline.execute('kv:execute', { node: old, command: { op: 'put', key: 'y', value: '4' } })
    .catch(String);
  await lab.runFor(50);
  const node = lab.view.nodes[old] ?? expect.unreachable('it is there');
  missing = {
    commit: whyNot(lab.view, { what: 'commit', index: node.lastIndex }),
    read: whyNot(lab.view, { what: 'read', node: old }),
    lead: whyNot(lab.view, { what: 'lead', node: mate }),
    catchUp: whyNot(lab.view, { what: 'catchUp', node: others[0] ?? old }),
  };
  await runFor(2500);
  await lost;
  await put(others[2] ?? old, 'x', '3');
  await lab.do('network:heal', {});
  await runFor(1000);
  missingLater = [
    whyNot(lab.view, { what: 'commit', index: lab.view.nodes[lab.leader]?.commitIndex ?? 0 }),
    whyNot(lab.view, { what: 'read', node: old }), whyNot(lab.view, { what: 'catchUp', node: old }),
  ];
  await lab.do('node:crash', { node: lab.leader });
  await runFor(1000);
  const { leader } = lab;
  await lab.do('network:partition', { groups: [[mate], [old, ...others]] });
  await put(leader, 'x', '5');
  const running = Object.values(lab.view.nodes).filter(({ life, name }) => life === 'running' && name !== mate);
  for (const { name } of running.slice(1)) await lab.do('node:crash', { node: name });
  await lab.do('network:heal', {});
  await runFor(1000);
});

const all = <Type extends TraceEvent['type']>(type: Type): EventOf<Type>[] =>
  lab.events.filter((event): event is EventOf<Type> => event.type === type);

function why(event: TraceEvent | undefined): WhyChain {
  const effect = event ?? expect.unreachable('it happened');
  return whyOf(effect, lab.events.filter(({ seq }) => seq < effect.seq));
}

const words = ({ links }: WhyChain): string[] => links.map(({ sentence, section, isInferred }) => (
  `${isInferred ? '~ ' : ''}${sentence}${section === null ? '' : ` ${section}`}`));

test('a lost write: what replaced it, who sent that, the heal, the election, the minority, and the client', () => {
  const chain = why(all('entriesAppended').find(({ truncatedFrom }) => truncatedFrom !== undefined));
  expect(chain.title).toBe('Why was “put y "4"” lost?');
  expect(words(chain)).toEqual([
    expect.stringMatching(/^n\d replaced entry 4 of term 1 by n\d’s entries 4–6 of term 2 §5\.3$/),
    expect.stringMatching(/^n\d sent AppendEntries from 4 on.*: at 4 it had term 1, n\d had term 2 §5\.3$/),
    '~ lab healed: all cut links are joined',
    expect.stringMatching(
      /^n\d had become leader of term 2 with the votes of n\d, n\d, n\d: none of them had entry 4 of term 1 §5\.4\.1$/),
    `${old} had appended entry 4 of term 1; only ${mate} got it, too: it was on 2 of 5 and never committed §5.3`,
    `a client had asked ${old} for “put y "4"”, and was told: outcome unknown`,
  ]);
  expect(chain.links.every(({ event }) => event !== null)).toBe(true);
});

describe('an election', () => {
  test('began with a timer that ran out, because the leader was cut off', () => {
    const chain = words(why(all('roleChanged').find(({ role, term }) => role === 'leader' && term === 2)));
    expect(chain.slice(1, 3)).toEqual([
      expect.stringMatching(/^n\d became candidate in term 2 §5\.2$/),
      expect.stringMatching(/^n\d asks for pre-votes before it begins term 2 §9\.6$/),
    ]);
    expect(chain[3]).toMatch(new RegExp(
      `^the election timer of n\\d ran out after \\d+ ms: no word from ${old} for \\d+ ms §5\\.2$`));
    expect(chain[4]).toMatch(/^~ lab partition /);
    expect(chain).toHaveLength(5);
  });

  test('or because it crashed', () => {
    const chain = words(why(all('roleChanged').findLast(({ role, node }) => (
      role === 'pre-candidate' && node !== lab.view.nodes[mate]?.id))));
    expect(chain.at(-1)).toMatch(/^~ n\d crashed$/);
  });
});

test('a refused vote names both logs, and leads to the silence that made the candidate ask', () => {
  const refusal = all('voteRefused').find(({ reason }) => reason === 'log-not-up-to-date');
  const chain = words(why(refusal));
  expect(chain.slice(0, 3)).toEqual([
    expect.stringMatching(new RegExp(`^n\\d refused its pre-vote to ${mate}: ${mate}’s last entry is 7 of term 3, `
      + 'n\\d’s is 8 of term 3 §5\\.4\\.1$')),
    expect.stringMatching(new RegExp(`^${mate} sent PreVote for term 4 to n\\d`)),
    expect.stringMatching(new RegExp(`^~ ${mate} asks for pre-votes`)),
  ]);
});

test('a follower’s commit leads to the leader’s, the acknowledgement, the entry and the client', () => {
  const commit = all('commitAdvanced').find(({ node, commitIndex }) => (
    commitIndex === 3 && node !== lab.view.nodes[old]?.id));
  const chain = words(why(commit));
  expect(chain).toEqual([
    expect.stringMatching(/^n\d committed entry 3 §5\.3$/),
    expect.stringMatching(/^n\d sent AppendEntries/),
    expect.stringMatching(new RegExp(`^${old} committed entry 3: n\\d.* have it §5\\.3$`)),
    expect.stringMatching(/^n\d sent the answer that it holds entries up to 3/),
    expect.stringMatching(/^n\d appended entry 3/),
    expect.stringMatching(/^n\d sent AppendEntries 3/),
    expect.stringMatching(/^n\d appended entry 3/),
    expect.stringMatching(/was asked: put x "1"$/),
  ]);
});

test('where a message was not recorded, the way on is inferred, and says so', () => {
  const commit = all('commitAdvanced').find(({ commitIndex }) => commitIndex === 3);
  const effect = commit ?? expect.unreachable('it was committed');
  const gappy = lab.events.filter(({ seq, type }) => seq < effect.seq && type !== 'messageSent');
  const { links } = whyOf(effect, gappy);
  expect(links.map(({ isInferred }) => isInferred)).toContain(true);
  expect(links[0]?.isInferred).toBe(false);
});

test('a value leads to the event that made it', () => {
  const id = lab.view.nodes[others[0] ?? old]?.id ?? 0;
  const made = (value: Parameters<typeof originOf>[0]): string | undefined => originOf(value, id, lab.events)?.type;
  expect(made({ of: 'entry', index: 6 })).toBe('entriesAppended');
  expect(made({ of: 'commitIndex' })).toBe('commitAdvanced');
  expect(made({ of: 'role' })).toMatch(/roleChanged|nodeStarted/);
  expect(originOf({ of: 'entry', index: 999 }, id, lab.events)?.type).toBe('nodeStarted');
});

test('what is missing is named while it is missing, and not afterwards', () => {
  const cut = others.map((name) => `${name}’s link is cut`).join('; ');
  expect(missing.commit).toBe(`4 is on 2 of 5; 3 are needed; ${cut}.`);
  expect(missing.read).toBe(`${old} hears 2 of 5; 3 must confirm that it still leads (§8); ${cut}.`);
  expect(missing.lead).toBe(`${mate} hears from ${old}, the leader of term 1: it does not stand (§5.2).`);
  expect(missing.catchUp).toBe(`${others[0] ?? ''} has up to 3, ${old} up to 4; ${others[0] ?? ''}’s link is cut.`);
  expect(missingLater).toEqual([null, null, null]);
});
