/** What the terminal does with a line, on a lab whose every command is written down. */
import { describe, expect, it } from 'vitest';
import { LabConsole } from '../../src/cli/terminal/labConsole.ts';
import { LabView } from '../../src/cli/terminal/labView.ts';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import type { LabService } from '../../src/lab/service.ts';
import type { TraceBody, TraceEvent } from '../../src/trace/events.ts';
import { started, Trace } from '../trace/events.ts';

const ANSWER: KvAnswer = {
  result: { type: 'written', previous: null }, index: 7, term: 2, route: ['n1', 'n4'], leader: 'n4', hops: 1, tries: 1,
  timing: { totalMs: 1, appendedMs: null, committedMs: null },
};
const becameLeader = (id: number): TraceBody => ({
  type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader: id,
  votes: [], voterCount: 5, reason: '',
});

/** A service that answers every write alike, refuses to crash n3, and breaks on `get broken`. */
class WrittenDownService {
  readonly trace = new Trace();
  readonly asked: string[] = [];
  #listener: (events: readonly TraceEvent[]) => void = () => undefined;

  constructor() {
    for (const id of [1, 2, 3, 4, 5]) this.trace.add(id, started(id));
  }

  tell(node: number, body: TraceBody): void {
    this.#listener([this.trace.add(node, body)]);
  }

  readonly service = {
    subscribe: (listener: (events: readonly TraceEvent[]) => void) => {
      this.#listener = listener;
      return () => undefined;
    },
    onLabChanged: () => () => undefined,
    onTime: () => () => undefined,
    execute: (name: string, input: { node?: string; command?: { key?: string } }) => {
      if (name === 'lab:attach') return Promise.resolve({ view: structuredClone(this.trace.view), recentEvents: [] });
      if (name === 'lan:status') return Promise.resolve({ mode: 'local', machineName: 'desk 1', permits: null });
      if (name === 'time:status') return Promise.resolve(null);
      this.asked.push(`${name} ${input.node ?? ''}`.trim());
      if (input.command?.key === 'broken') return Promise.reject(new TypeError('a bug'));
      const isRefused = name === 'node:crash' && input.node === 'n3';
      if (isRefused) return Promise.reject(new LabError('node-crashed', 'node n3 is crashed already'));
      return Promise.resolve(name === 'kv:execute' ? ANSWER : null);
    },
  } as unknown as LabService;
}

async function open(leaderWithinMs = 0) {
  const lab = new WrittenDownService();
  const labConsole = new LabConsole(lab.service, await LabView.attach(lab.service), { leaderWithinMs });
  const text = async (line: string): Promise<string> => {
    const outcome = await labConsole.run(line);
    return outcome.type === 'answer' ? `${outcome.tone}: ${outcome.text}` : outcome.type;
  };
  return { lab, labConsole, text };
}

describe('LabConsole', () => {
  it('asks the chosen node, and another one once', async () => {
    const { lab, text } = await open();
    expect(await text('put colour red')).toBe('ok: ok');
    expect(await text('use n4')).toBe('note: asks n4 from now on');
    await text('put colour red');
    await text('@n2 put colour red');
    expect(lab.asked).toEqual(['kv:execute n1', 'kv:execute n4', 'kv:execute n2']);
  });

  it('remembers the keys that it has heard of', async () => {
    const { labConsole, text } = await open();
    await text('put colour red');
    await text('incr apples');
    await text('delete colour');
    expect(labConsole.keys).toEqual(['apples']);
  });

  it('says what was done before something could not be done', async () => {
    const { text } = await open();
    expect(await text('crash n1 n2')).toBe('ok: crashed n1, n2');
    expect(await text('crash n1 n3 n5')).toBe('error: crashed n1, n5, but node n3 is crashed already');
    expect(await text('crash n3')).toBe('error: node n3 is crashed already');
  });

  it('does to all nodes what applies to them, and says where that is nothing', async () => {
    const { lab, text } = await open();
    for (const node of [3, 5]) lab.tell(node, { type: 'nodeCrashed' });
    expect(await text('crash all')).toBe('ok: crashed n1, n2, n4');
    expect(await text('restart all')).toBe('ok: restarted n3, n5');
    lab.tell(2, { type: 'nodeFailed', code: 'corrupt-file', message: 'raft.db of n2 was set aside' });
    expect(await text('restart all'), 'not one whose file is lost').not.toContain('n2');
    expect(await text('resume all')).toBe('note: nothing to resume: no node is paused');
    expect(await text('help crash')).toMatch(/e\.g\. crash all/);
  });

  it('tells errors of every kind in words', async () => {
    const { text } = await open();
    expect(await text('use n9')).toBe('error: there is no node n9 in this lab: it has n1, n2, n3, n4, n5');
    expect(await text('put')).toBe('error: the key is missing: put KEY VALUE');
    expect(await text('get broken')).toBe('error: Something in Raftlab failed: a bug');
    expect(await text('crash leader')).toMatch(/^error: no node leads/);
  });

  it('waits for a leader, where it is told to', async () => {
    const { lab, text } = await open(30_000);
    const crashed = text('crash leader');
    lab.tell(4, becameLeader(4));
    expect(await crashed).toBe('ok: crashed n4');
  });

  it('shows no status that is older than its own last answer', async () => {
    const { lab, text } = await open();
    await text('put colour red');
    const status = text('status');
    lab.tell(4, becameLeader(4));
    lab.tell(1, { type: 'commitAdvanced', commitIndex: 7, previousCommitIndex: 0 });
    expect(await status).toMatch(/n4 leads term 2/);
  });

  it('shows no leader that knows of fewer commits than its followers', async () => {
    const { lab, text } = await open();
    const commits = (id: number): void => {
      lab.tell(id, { type: 'commitAdvanced', commitIndex: 7, previousCommitIndex: 0 });
    };
    lab.tell(4, becameLeader(4));
    lab.tell(1, { type: 'termChanged', term: 2, previousTerm: 0 });
    commits(1);
    const status = text('status');
    await new Promise(setImmediate); // all that needs no event has happened
    commits(4);
    expect(await status).toMatch(/n4 +◆ leader +2 +\S+ +7 /);
  });

  it('does by itself what is its own', async () => {
    const { lab, text } = await open();
    expect([await text('clear'), await text('quit')]).toEqual(['clear', 'quit']);
    expect(await text('help pace')).toMatch(/^note: pace fast\|class\|slow/);
    expect(await text('help lan')).toBe(await text('lan help'));
    expect(await text('help lan')).toContain('lan let-go');
    expect(lab.asked).toEqual([]);
  });
});
