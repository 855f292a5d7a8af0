/** The console's commands of time: their grammar, what they ask of a lab, and their answers in words. */
import { describe, expect, it } from 'vitest';
import { carryOutTime, completions, parseConsole } from '../../src/contract/console.ts';
import type { TimeOrder } from '../../src/contract/console.ts';
import { DEFAULT_SIMULATION, timeCommandSchemas } from '../../src/contract/time.ts';
import type { NextEvent, TimeAnswers, TimeCommandInput, TimeCommandName, TimeStatus } from '../../src/contract/time.ts';

function orderOf(line: string): TimeOrder {
  const parsed = parseConsole(line);
  if (!parsed.ok || parsed.command.type !== 'time') throw new Error(`${line}: ${JSON.stringify(parsed)}`);
  return parsed.command.order;
}

const next = (id: number, text: string, inMs: number, isHeld = false): NextEvent =>
  ({ id, kind: 'message', node: 'n2', inMs, text, detail: '', message: null, isHeld });

const STATUS: TimeStatus = {
  simulation: { seed: 7, ...DEFAULT_SIMULATION }, state: 'held', speed: 1, step: 40, atMs: 14_200, branch: 2,
  branches: [
    { branch: 0, parent: null, name: 'first', forkStep: 0, forkMs: 0, endStep: 90, endMs: 20_000 },
    { branch: 2, parent: 0, name: 'crash n2 at 14.200 s', forkStep: 40, forkMs: 14_200, endStep: 40, endMs: 14_200 },
  ],
  heldBecause: null,
  lastStep: { subject: 'n3', sentence: 'became leader of term 4', detail: 'Raft §5.2', nodes: ['n3'] },
  next: [next(70, 'AppendEntries n1 → n2', 0.8), next(71, 'election timer of n4', 12, true)], nextBeyond: 3,
};

/** A lab that writes down what it is asked and answers with the time given. */
function lab(status: TimeStatus | null = STATUS, answers: Partial<TimeAnswers> = {}) {
  const asked: [TimeCommandName, unknown][] = [];
  const ask = <Name extends TimeCommandName>(name: Name, input: TimeCommandInput<Name>): Promise<TimeAnswers[Name]> => {
    expect(timeCommandSchemas[name].safeParse(input).success).toBe(true);
    if (name !== 'time:status') asked.push([name, input]);
    return Promise.resolve((answers[name] ?? status) as TimeAnswers[Name]);
  };
  const say = async (line: string): Promise<string> => {
    const { tone, text, detail } = await carryOutTime(orderOf(line), ask);
    return [`${tone}: ${text}`, ...(detail === '' ? [] : [detail])].join(' · ');
  };
  return { asked, say };
}

describe('commands of time', () => {
  it.each<[string, TimeCommandName, object]>([
    ['run', 'time:run', {}],
    ['run 5s', 'time:runFor', { forMs: 5000 }],
    ['run 0.5ms', 'time:runFor', { forMs: 0.5 }],
    ['hold', 'time:hold', {}],
    ['speed 0.1', 'time:setSpeed', { speed: 0.1 }],
    ['step', 'time:step', { unit: 'event', count: 1 }],
    ['step 3', 'time:step', { unit: 'event', count: 3 }],
    ['back 2 message', 'time:back', { unit: 'message', count: 2 }],
    ['until n3 leads', 'time:until', { condition: 'n3 leads' }],
    ['until commit of n1 >= 12  within 10s', 'time:until', { condition: 'commit of n1 >= 12', withinMs: 10_000 }],
    ['first 1', 'next:first', { id: 70 }],
    ['lose 2', 'next:lose', { id: 71 }],
    ['double 1', 'next:double', { id: 70 }],
    ['delay 2 50', 'next:delay', { id: 71, byMs: 50 }],
    ['branch first', 'branch:select', { branch: 0 }],
    ['branch 2', 'branch:select', { branch: 2 }],
    ['rename-branch "crash n2 at 14.200 s" "without n2"', 'branch:rename', { branch: 2, name: 'without n2' }],
    ['delete-branch 0', 'branch:delete', { branch: 0 }],
  ])('%s', async (line, name, input) => {
    const { asked, say } = lab();
    await say(line);
    expect(asked).toEqual([[name, input]]);
  });

  it.each<[string, string, number]>([
    ['run 5', '"5" is not a duration such as 5s, 200ms or 2min', 4],
    ['run 25h', '"25h" is not a duration such as 5s, 200ms or 2min', 4],
    ['run 1441min', '"1441min" is too long: at most a day', 4],
    ['step 0', '"0" is not a whole number from 1 to 10000', 5],
    ['step leap', '"leap" is not event, message, turn, election, commit, fault or finding', 5],
    ['until', 'the condition is missing', 5],
    ['until n3 lead', '"lead" stands where leads, voted for, has entry, holds, is a leader, candidate, pre-candidate '
      + 'or follower, running, paused, crashed, stopped or failed is expected', 9],
    ['until n3 leads within', 'the duration is missing', 21],
    ['until n3 leads within soon', '"soon" is not a duration such as 5s, 200ms or 2min', 22],
    ['speed 101', '"101" is not a number from 0.01 to 100', 6],
    ['lose 0', '"0" is not a whole number from 1 to 9999', 5],
    ['delay 2', 'the milliseconds is missing', 7],
    ['compare 1', 'the other branch is missing', 9],
  ])('%s: %s', (line, message, position) => {
    expect(parseConsole(line)).toMatchObject({ ok: false, message, position });
  });

  it('completes units, also behind a number', () => {
    const at = (line: string) => completions(line, line.length, { nodes: ['n1'], keys: [], held: [] }).texts;
    expect(at('step me')).toEqual(['message']);
    expect(at('back 3 e')).toEqual(['event', 'election']);
  });
});

describe('their answers', () => {
  it.each([
    ['run', 'ok: time runs · from 14.200 s'],
    ['run 5s', 'ok: time is held · 14.200 s'],
    ['step', 'ok: n3 became leader of term 4 · 14.200 s · Raft §5.2'],
    ['until n1 leads within 1s', 'error: n1 leads has not come true by 14.200 s'],
    ['lose 1', 'ok: lost: AppendEntries n1 → n2 · 14.200 s'],
    ['next', 'note: 1  in 0.8 ms  AppendEntries n1 → n2\n2  is held    election timer of n4\n… and 3 more'],
    ['branches', 'note:    0  first                 from the beginning         to 20.000 s\n'
      + '*  2  crash n2 at 14.200 s  from branch 0 at 14.200 s  to 14.200 s'],
  ])('%s', async (line, words) => {
    expect(await lab().say(line)).toBe(words);
  });

  it('tells why time was held, and where two branches part', async () => {
    expect(await lab({ ...STATUS, heldBecause: 'n3 leads' }).say('until n3 leads')).toBe('ok: n3 leads · 14.200 s');
    const comparison = { commonEvents: 12, first: null, second: { step: 41, atMs: 14_201, text: 'n2 crashed' } };
    expect(await lab(STATUS, { 'branch:compare': comparison }).say('compare 0 2'))
      .toBe('note: 12 events in common, then\nbranch 0  ends\nbranch 2  14.201 s  n2 crashed');
  });

  it('refuses in words what cannot be', async () => {
    await expect(lab(null).say('hold')).rejects.toThrow('this lab is live: its time cannot be held');
    await expect(lab().say('first 3')).rejects.toThrow('has the numbers 1 to 2');
    await expect(lab({ ...STATUS, state: 'running', next: [] }).say('lose 1')).rejects.toThrow('time runs: hold it');
    await expect(lab().say('branch 7')).rejects.toThrow('there is no branch "7"');
  });
});
