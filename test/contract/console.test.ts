/** The console's grammar, completion and actions. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actionsFor, COMMAND_WORDS, completions, CONSOLE_LIST_LIMIT, helpOf, helpText, leaderOf, parseConsole, typedText,
} from '../../src/contract/console.ts';
import type { ConsoleCommand, LabConsoleCommand } from '../../src/contract/console.ts';
import { commandSchemas, LAB_NODES_MAX, LINK_DELAY_MS_MAX } from '../../src/contract/commands.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../../src/kv/commands.ts';
import { isCanonical, textOfBytes } from '../../src/kv/bytes.ts';
import { PAPER_VARIANT, RAFTLAB_VARIANT, variantOf } from '../../src/trace/variant.ts';
import { started, faults, Trace } from '../trace/events.ts';

function parsed(line: string): ConsoleCommand {
  const result = parseConsole(line);
  if (!result.ok) throw new Error(`${line}: ${result.message} (${result.hint}) at ${result.position}`);
  return result.command;
}

describe('parseConsole', () => {
  const kv = (command: object, node: string | null = null) => ({ type: 'kv', node, command });
  const both = { from: 'n1', to: 'n2', bothWays: true };

  it.each<[string, object]>([
    ['get colour', kv({ op: 'get', key: 'colour' })],
    ['  put  colour   red ', kv({ op: 'put', key: 'colour', value: 'red' })],
    ['put motto "two words"', kv({ op: 'put', key: 'motto', value: 'two words' })],
    [String.raw`put k "a\n\t\"\\\u00e9"`, kv({ op: 'put', key: 'k', value: 'a\n\t"\\é' })],
    ['put k ""', kv({ op: 'put', key: 'k', value: '' })],
    ['put k a>b|c"d', kv({ op: 'put', key: 'k', value: 'a>b|c"d' })],
    ['delete draft', kv({ op: 'delete', key: 'draft' })],
    ['cas colour red sea', kv({ op: 'cas', key: 'colour', expected: 'red', value: 'sea' })],
    ['cas lock - mine', kv({ op: 'cas', key: 'lock', expected: null, value: 'mine' })],
    ['cas lock "-" mine', kv({ op: 'cas', key: 'lock', expected: '-', value: 'mine' })],
    ['incr visits', kv({ op: 'incr', key: 'visits', by: 1 })],
    ['incr visits -5', kv({ op: 'incr', key: 'visits', by: -5 })],
    ['list', kv({ op: 'list', prefix: '', limit: CONSOLE_LIST_LIMIT })],
    ['list user:', kv({ op: 'list', prefix: 'user:', limit: CONSOLE_LIST_LIMIT })],
    ['get colour stale', { ...kv({ op: 'get', key: 'colour' }), read: 'stale' }],
    ['@n2 get colour log', { ...kv({ op: 'get', key: 'colour' }, 'n2'), read: 'log' }],
    ['list "" lease', { ...kv({ op: 'list', prefix: '', limit: CONSOLE_LIST_LIMIT }), read: 'lease' }],
    ['hold n1 n2', { type: 'hold', link: both, kinds: [] }],
    ['hold n1>n2 appendentries Heartbeat', {
      type: 'hold', link: { from: 'n1', to: 'n2', bothWays: false }, kinds: ['AppendEntries', 'Heartbeat'],
    }],
    ['hold RequestVote', { type: 'hold', link: null, kinds: ['RequestVote'] }],
    ['hold all', { type: 'hold', link: null, kinds: [] }],
    ['release', { type: 'release', link: null }],
    ['release n1 n2', { type: 'release', link: both }],
    ['messages n3', { type: 'messages', node: 'n3' }],
    ['deliver m12', { type: 'held', action: 'deliver', message: 12 }],
    ['deliver all', { type: 'held', action: 'deliver', message: 'all' }],
    ['double m1', { type: 'held', action: 'double', message: 1 }],
    ['sessions', { type: 'sessions', node: null }],
    ['sessions n3', { type: 'sessions', node: 'n3' }],
    ['add', { type: 'add', asLearner: false }],
    ['add learner', { type: 'add', asLearner: true }],
    ['remove leader', { type: 'membership', action: 'remove', node: 'leader' }],
    ['promote n6', { type: 'membership', action: 'promote', node: 'n6' }],
    ['demote n2', { type: 'membership', action: 'demote', node: 'n2' }],
    ['replace n3', { type: 'membership', action: 'replace', node: 'n3' }],
    ['transfer n2', { type: 'transfer', to: 'n2' }],
    ['forget-leader n2', { type: 'forget-leader', node: 'n2' }],
    ['lease on', { type: 'lease', enabled: true }],
    ['lease off', { type: 'lease', enabled: false }],
    ['door on', { type: 'door', change: 'on' }],
    ['door redirect', { type: 'door', change: 'redirect' }],
    ['simulate', { type: 'simulate', seed: null }],
    ['simulate 7', { type: 'simulate', seed: 7 }],
    ['variant', { type: 'show-variant' }],
    ['variant paper', { type: 'variant', preset: 'paper' }],
    ['without majorityQuorum', { type: 'rules', rules: ['majorityQuorum'], on: false }],
    ['with majorityQuorum,voteOncePerTerm', {
      type: 'rules', rules: ['majorityQuorum', 'voteOncePerTerm'], on: true,
    }],
    ['@n4 put colour red', kv({ op: 'put', key: 'colour', value: 'red' }, 'n4')],
    ['@leader get colour', kv({ op: 'get', key: 'colour' }, 'leader')],
    ['use n4', { type: 'use', node: 'n4' }],
    ['crash leader', { type: 'node', action: 'crash', nodes: ['leader'] }],
    ['restart n1 n2', { type: 'node', action: 'restart', nodes: ['n1', 'n2'] }],
    ['crash all', { type: 'node', action: 'crash', nodes: 'all' }],
    ['restart all', { type: 'node', action: 'restart', nodes: 'all' }],
    ['pause all', { type: 'node', action: 'pause', nodes: 'all' }],
    ['resume all', { type: 'node', action: 'resume', nodes: 'all' }],
    ['put k don’t', kv({ op: 'put', key: 'k', value: 'don’t' })],
    ['put k "“hi”"', kv({ op: 'put', key: 'k', value: '“hi”' })],
    ['pause n3', { type: 'node', action: 'pause', nodes: ['n3'] }],
    ['resume n3', { type: 'node', action: 'resume', nodes: ['n3'] }],
    ['wipe n3', { type: 'node', action: 'wipe', nodes: ['n3'] }],
    ['partition n1 n2 | n3 n4 n5', { type: 'partition', groups: [['n1', 'n2'], ['n3', 'n4', 'n5']] }],
    ['partition n1|n2|n3', { type: 'partition', groups: [['n1'], ['n2'], ['n3']] }],
    ['partition leader', { type: 'partition', groups: [['leader']] }],
    ['heal', { type: 'heal' }],
    ['reset', { type: 'reset' }],
    ['cut n1 n2', { type: 'cut', ...both }],
    ['cut n1 > n2', { type: 'cut', ...both, bothWays: false }],
    ['cut n1>n2', { type: 'cut', ...both, bothWays: false }],
    ['join n1 n2', { type: 'join', ...both }],
    ['loss n1 n2 12.5', { type: 'loss', ...both, percent: 12.5 }],
    ['delay n1 n2 50', { type: 'delay', ...both, delayMs: 50, jitterMs: 0 }],
    ['delay n1>n2 50 10', { type: 'delay', ...both, bothWays: false, delayMs: 50, jitterMs: 10 }],
    ['pace slow', { type: 'pace', pace: 'slow' }],
    ['status', { type: 'status' }],
    ['help', { type: 'help', topic: null }],
    ['help cas', { type: 'help', topic: 'cas' }],
    ['clear', { type: 'clear' }],
    ['quit', { type: 'quit' }],
  ])('%s', (line, command) => {
    expect(parsed(line)).toEqual(command);
  });

  it.each<[string, string, string, number]>([
    ['', 'a command is missing', 'help lists them', 0],
    ['frobnicate', 'there is no command "frobnicate"', 'help lists the commands', 0],
    ['  gett k', 'there is no command "gett"', 'did you mean get?', 2],
    ['part n1 | n2', 'there is no command "part"', 'did you mean partition?', 0],
    ['put colour', 'the value is missing', 'put KEY VALUE', 10],
    ['put colour dark red', '"red" is one word too many', 'put a text with spaces in quotes', 16],
    ['put "" x', 'the key is empty', 'put KEY VALUE', 4],
    ['put k "red', 'this quote is not closed', 'end it with "', 6],
    ['put k "red"x', 'text follows the closing quote', 'put a space there', 11],
    [
      'put k "a\\q"', '\\q is not an escape',
      String.raw`escapes are \n \t \r \\ \" \' \uXXXX \xHH; write \\ for a backslash`, 8,
    ],
    [String.raw`put k "\ud83d"`, 'the value holds half a character', String.raw`leave it out; \xHH writes a byte`, 6],
    ['incr k five', '"five" is not a whole number', 'incr KEY [BY]', 7],
    ['incr k 99999999999999999', '"99999999999999999" is not a whole number', 'incr KEY [BY]', 7],
    ['@n1', 'a command is missing', '@n1 get KEY', 3],
    ['@n1 crash n2', '@n1 goes with a command about data', 'get, put, delete, cas, incr or list', 4],
    ['@n99 get k', '"n99" is not a node (n1, n2 … or leader)', '@n1 get KEY', 0],
    ['crash', 'the node is missing', 'crash NODE…|all', 5],
    ['crash n0', '"n0" is not a node (n1, n2 … or leader)', 'crash NODE…|all', 6],
    ['crash n1 n1', 'n1 is named twice', 'crash NODE…|all', 9],
    ['crash all n1', '"n1" is one word too many', 'crash NODE…|all', 10],
    ['crash n1 all', '"all" is not a node (n1, n2 … or leader)', 'crash NODE…|all', 9],
    ['wipe all', '"all" is not a node (n1, n2 … or leader)', 'wipe NODE…', 5],
    ['put k “two words”', '“ is not a straight quote', 'put the text in "…"', 6],
    ['put k ”', '” is not a straight quote', 'put the text in "…"', 6],
    ['put k ‘two words’', '‘ is not a straight quote', "put the text in '…'", 6],
    ['put k "two words”', 'this quote is not closed', 'end it with "; ” is not a straight quote', 6],
    ['put k \'two words’ ', 'this quote is not closed', "end it with '; ’ is not a straight quote", 6],
    ['partition', 'a group of nodes is missing', 'partition NODES | NODES', 9],
    ['partition | n1', 'a node is missing before this |', 'partition NODES | NODES', 10],
    ['partition n1 |', 'a node is missing after the last |', 'partition NODES | NODES', 13],
    ['partition n1 | n1', 'n1 is named twice: it is on one side only', 'partition NODES | NODES', 15],
    ['cut n1 n1', 'n1 has no link to itself', 'cut NODE [>] NODE', 7],
    ['cut n1 > ', 'the second node is missing', 'cut NODE [>] NODE', 8],
    ['loss n1 n2 101', '"101" is not a number from 0 to 100', 'loss NODE [>] NODE PERCENT', 11],
    ['pace quick', '"quick" is not fast, class or slow', 'pace fast|class|slow', 5],
    [
      'get two words', '"words" is not a kind of read (read-index, lease, log, stale)',
      'put a text with spaces in quotes', 8,
    ],
    ['get k stale now', '"now" is one word too many', 'put a text with spaces in quotes', 12],
    ['add voter', '"voter" is not learner', 'add [learner]', 4],
    ['remove n1 n2', '"n2" is one word too many', 'remove NODE', 10],
    ['lease', 'on or off is missing', 'lease on|off', 5],
    ['variant etcd', '"etcd" is not raftlab or paper', 'variant [raftlab|paper]', 8],
    ['without', 'the rule is missing', 'without RULE…', 7],
    ['heal all', '"all" is one word too many', 'heal', 5],
    ['"@n1" get k', 'there is no command "@n1"', 'help lists the commands', 0],
    ['partition "n1|n2"', '"n1|n2" is not a node (n1, n2 … or leader)', 'partition NODES | NODES', 10],
    ['partition n1|n2|x', '"x" is not a node (n1, n2 … or leader)', 'partition NODES | NODES', 16],
    ['put k "red"x ', 'text follows the closing quote', 'put a space there', 11],
    ['cut n1>n2>n3', '">" is one word too many', 'cut NODE [>] NODE', 9],
    ['help you', 'there is no command "you"', 'help lists the commands', 5],
  ])('%j: %s', (line, message, hint, position) => {
    expect(parseConsole(line)).toEqual({ ok: false, message, hint, position });
  });

  it.each<[string, string, number]>([
    ['get KEY', 'the key', KEY_BYTES_MAX], ['list KEY', 'the prefix', KEY_BYTES_MAX],
    ['put k KEY', 'the value', VALUE_BYTES_MAX], ['cas k - KEY', 'the value', VALUE_BYTES_MAX],
  ])('%s: refuses a text that is too long in UTF-8, and takes the longest', (line, what, bytesMax) => {
    const longest = 'é'.repeat(bytesMax / 2);
    parsed(line.replace('KEY', longest));
    expect(parseConsole(line.replace('KEY', `${longest}x`))).toMatchObject({
      ok: false, message: `${what} has ${bytesMax + 1} bytes`, hint: `at most ${bytesMax}`,
    });
  });

  it('takes numbers up to their limits, and none that goes on behind its digits', () => {
    for (const delay of [0, LINK_DELAY_MS_MAX]) {
      expect(parsed(`delay n1 n2 ${delay} ${delay}`)).toMatchObject({ delayMs: delay, jitterMs: delay });
    }
    for (const percent of [0, 100]) expect(parsed(`loss n1 n2 ${percent}`)).toMatchObject({ percent });
    const beyond = LINK_DELAY_MS_MAX + 1;
    for (const line of [`delay n1 n2 ${beyond}`, `delay n1 n2 0 ${beyond}`, 'delay n1 n2 5x', 'loss n1 n2 -1']) {
      expect(parseConsole(line), line).toMatchObject({ ok: false, hint: expect.stringContaining('NODE') as string });
    }
    expect(parsed('incr k +5')).toMatchObject({ command: { by: 5 } });
  });

  it('takes as many nodes as a lab may have', () => {
    const all = Array.from({ length: LAB_NODES_MAX }, (_, at) => `n${at + 1}`);
    expect(parsed(`crash ${all.join(' ')}`)).toMatchObject({ nodes: all });
    expect(parseConsole(`crash ${all.join(' ')} leader`))
      .toMatchObject({ message: 'a lab has fewer nodes than these' });
  });

  it('knows all escapes, in both kinds of quotes', () => {
    for (const quote of ['"', "'"]) {
      const line = String.raw`put k ${quote}\\\"\'\n\t\r\b\f\u0041\u00e9${quote}`;
      expect(parsed(line)).toMatchObject({ command: { value: '\\"\'\n\t\r\b\fAé' } });
    }
  });

  it('reads bytes, and those that together are a character as that', () => {
    const value = (text: string) => parsed(String.raw`put k "${text}"`);
    expect(value(String.raw`\x89PNG\x0d\xFF`)).toMatchObject({ command: { value: '\udc89PNG\r\udcff' } });
    expect(value(String.raw`\xe2\x82\xac \xe2\x82`)).toMatchObject({ command: { value: '€ \udce2\udc82' } });
    for (const wrong of ['xe', 'ud83d\\x80', 'udce2\\udc82\\udcac', 'udc7f'].map((text) => `\\${text}`)) {
      expect(parseConsole(`put k "${wrong}"`), wrong).toMatchObject({ ok: false });
    }
  });

  it('never throws, and points into the line', () => {
    const others = ['n1', 'n2', 'leader', '|', '>', '"', '@n1', '-', '5', "'x'", '\\', ''];
    const word = fc.constantFrom(...COMMAND_WORDS, ...others);
    const line = fc.oneof(fc.array(word).map((words) => words.join(' ')), fc.string({ unit: 'binary' }));
    fc.assert(fc.property(line, (text) => {
      const result = parseConsole(text);
      if (!result.ok) expect(result.position).toBeLessThanOrEqual(text.length);
    }), { numRuns: 500 });
  });

  it('reads back whatever typedText writes', () => {
    expect([typedText('-'), typedText('a-b'), typedText('')], 'a bare - stands for absent')
      .toEqual(['"-"', 'a-b', '""']);
    const anyString = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
    const anyText = fc.oneof(anyString, fc.uint8Array().map(textOfBytes));
    fc.assert(fc.property(anyText, (text) => {
      fc.pre(isCanonical(text));
      const typed = typedText(text);
      expect(typed).not.toMatch(/\p{Surrogate}/u);
      expect(parsed(`put k ${typed}`)).toMatchObject({ command: { value: text } });
    }));
  });

  it('a word of any length is quoted in one short line', () => {
    const parsed = parseConsole('long'.repeat(60_000));
    expect(parsed).toMatchObject({ ok: false });
    expect(JSON.stringify(parsed).length).toBeLessThan(300);
  });
});

describe('help', () => {
  it('tells of every command, and its examples are understood', () => {
    for (const word of COMMAND_WORDS) {
      expect(helpText(null)).toContain(helpOf(word).usage);
      for (const example of helpOf(word).examples) {
        expect(helpText(word)).toContain(example);
        parsed(example);
      }
    }
  });
});

describe('docs/console.md', () => {
  const page = readFileSync(new URL('../../docs/console.md', import.meta.url), 'utf8');

  it('tells of every command', () => {
    for (const word of COMMAND_WORDS) expect(page).toContain(`| \`${helpOf(word).usage.replaceAll('|', '\\|')}\` |`);
  });

  it('shows lines that are understood', () => {
    const script = /printf '(.*)' \|/.exec(page)?.[1]?.split('\\n').filter((line) => line !== '') ?? [];
    expect(script).toHaveLength(4);
    script.forEach(parsed);
  });
});

describe('completions', () => {
  const context = { nodes: ['n1', 'n2', 'n3'] as const, keys: ['colour', 'count', 'two words'], held: ['m2', 'm5'] };
  const at = (line: string) => completions(line, line.length, context);

  it.each<[string, number, readonly string[]]>([
    ['', 0, COMMAND_WORDS],
    ['p', 0, ['put', 'pause', 'promote', 'partition', 'pace']],
    ['get colour ', 11, ['read-index', 'lease', 'log', 'stale']],
    ['list user: s', 11, ['stale']],
    ['add ', 4, ['learner']],
    ['lease ', 6, ['on', 'off']],
    ['door ', 5, ['on', 'off', 'redirect', 'forward', 'lan', 'local']],
    ['variant ', 8, ['raftlab', 'paper']],
    ['with majorityQuorum vote', 20, ['voteOnlyIfUpToDate', 'voteOncePerTerm']],
    ['transfer ', 9, ['n1', 'n2', 'n3', 'leader']],
    ['@', 0, ['@n1', '@n2', '@n3', '@leader']],
    ['@n1 ', 4, ['get', 'put', 'delete', 'cas', 'incr', 'list']],
    ['@n1 g', 4, ['get']],
    ['get ', 4, ['colour', 'count', '"two words"']],
    ['get co', 4, ['colour', 'count']],
    ['@n2 get col', 8, ['colour']],
    ['put colour ', 11, []],
    ['crash ', 6, ['n1', 'n2', 'n3', 'leader', 'all']],
    ['resume a', 7, ['all']],
    ['crash all ', 10, []],
    ['wipe ', 5, ['n1', 'n2', 'n3', 'leader']],
    ['wipe n1 ', 8, ['n2', 'n3', 'leader']],
    ['crash n1 ', 9, ['n2', 'n3', 'leader']],
    ['partition n1 ', 13, ['n2', 'n3', 'leader', '|']],
    ['partition n1 | ', 15, ['n2', 'n3', 'leader']],
    ['cut n1 > ', 9, ['n2', 'n3', 'leader']],
    ['loss n1 n2 ', 11, []],
    ['deliver ', 8, ['m2', 'm5', 'all']],
    ['double m', 7, ['m2', 'm5']],
    ['hold n', 5, ['n1', 'n2', 'n3']],
    ['hold n1 ', 8, ['n2', 'n3', 'leader']],
    ['hold n1 n2 Append', 11, ['AppendEntries', 'AppendEntriesResponse']],
    ['hold Heartbeat Pre', 15, ['PreVote', 'PreVoteResponse']],
    ['pace ', 5, ['fast', 'class', 'slow']],
    ['help cl', 5, ['clear']],
    ['status ', 7, []],
    ['nonsense ', 9, []],
    ['put "two', 8, []],
  ])('%j', (line, from, texts) => {
    expect(at(line)).toEqual({ from, texts });
  });

  it('looks only at what is in front of the cursor', () => {
    expect(completions('get col visits', 7, context)).toEqual({ from: 4, texts: ['colour'] });
  });

  it('a quoted key goes on where it was begun', () => {
    expect(at('get "two')).toEqual({ from: 8, texts: [] });
    expect(at('get two')).toEqual({ from: 4, texts: [] });
  });
});

describe('actionsFor', () => {
  const trace = new Trace();
  for (const id of [1, 2, 3, 4, 5]) trace.add(id, started(id));
  const becameLeader = (id: number, term: number) => trace.add(id, {
    type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id,
    votes: [], voterCount: 5, reason: '',
  });
  becameLeader(2, 3); // an old leader behind a partition
  becameLeader(4, 5);
  trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ lossPercent: 10 }) });
  for (const messageId of ['4.1.2', '4.1.3']) {
    trace.add(4, { type: 'messageHeld', messageId, to: 2, message: { type: 'AppendEntries', term: 5 } });
  }
  const actions = (line: string) => actionsFor(parsed(line) as LabConsoleCommand, 'n1', trace.view);
  const link = (from: string, to: string, some: object) =>
    ({ name: 'link:set', input: { from, to, bothWays: false, faults: faults(some) } });

  it.each<[string, object[]]>([
    ['get k', [{ name: 'kv:execute', input: { node: 'n1', command: { op: 'get', key: 'k' } } }]],
    ['@leader get k', [{ name: 'kv:execute', input: { node: 'n4', command: { op: 'get', key: 'k' } } }]],
    ['crash n1 leader', [{ name: 'node:crash', input: { node: 'n1' } }, { name: 'node:crash', input: { node: 'n4' } }]],
    ['partition leader', [{ name: 'network:partition', input: { groups: [['n4'], ['n1', 'n2', 'n3', 'n5']] } }]],
    ['partition n1 | n2', [{ name: 'network:partition', input: { groups: [['n1'], ['n2']] } }]],
    ['get k log', [{ name: 'kv:execute', input: { node: 'n1', command: { op: 'get', key: 'k' }, read: 'log' } }]],
    ['add', [{ name: 'cluster:add', input: { asLearner: false } }]],
    ['remove leader', [{ name: 'cluster:remove', input: { node: 'n4' } }]],
    ['transfer n2', [{ name: 'cluster:transfer', input: { to: 'n2' } }]],
    ['forget-leader n2', [{ name: 'cluster:forgetLeader', input: { node: 'n2' } }]],
    ['lease on', [{ name: 'lab:setLeaseReads', input: { enabled: true } }]],
    ['door on', [{ name: 'lab:setDoor', input: { door: { isOpen: true, redirects: false, onLan: false } } }]],
    ['simulate', [{ name: 'lab:simulate', input: {} }]],
    ['simulate 7', [{ name: 'lab:simulate', input: { seed: 7 } }]],
    ['variant paper', [{ name: 'lab:setVariant', input: { variant: { ...PAPER_VARIANT, sessions: true } } }]],
    ['variant raftlab', [{ name: 'lab:setVariant', input: { variant: RAFTLAB_VARIANT } }]],
    ['without majorityQuorum, voteOncePerTerm', [{
      name: 'lab:setVariant', input: { variant: variantOf('raftlab', ['voteOncePerTerm', 'majorityQuorum']) },
    }]],
    ['with majorityQuorum', [{ name: 'lab:setVariant', input: { variant: RAFTLAB_VARIANT } }]],
    ['sessions', [{ name: 'node:sessions', input: { node: 'n1', limit: 20 } }]],
    ['heal', [{ name: 'network:heal', input: {} }]],
    ['reset', [{ name: 'network:reset', input: {} }]],
    ['hold AppendEntries', [{ name: 'network:hold', input: { hold: ['AppendEntries'] } }]],
    ['hold n1 n2', [
      link('n1', 'n2', { lossPercent: 10, hold: 'everything' }), link('n2', 'n1', { hold: 'everything' }),
    ]],
    ['release', [{ name: 'network:hold', input: { hold: 'nothing' } }]],
    ['lose m2', [{ name: 'message:lose', input: { node: 'n4', messageId: '4.1.3' } }]],
    ['deliver all', ['4.1.2', '4.1.3'].map((messageId) => (
      { name: 'message:deliver', input: { node: 'n4', messageId } }))],
    ['pace fast', [{ name: 'lab:setPace', input: { pace: 'fast' } }]],
    ['cut n1 n2', [link('n1', 'n2', { down: true, lossPercent: 10 }), link('n2', 'n1', { down: true })]],
    ['cut n2 > n1', [link('n2', 'n1', { down: true })]],
    ['delay n1 > n2 50 5', [link('n1', 'n2', { lossPercent: 10, delayMs: 50, jitterMs: 5 })]],
    ['loss n1 n2 0', [link('n1', 'n2', {}), link('n2', 'n1', {})]],
  ])('%s', (line, expected) => {
    expect(actions(line)).toEqual(expected);
    for (const { name, input } of actions(line)) expect(commandSchemas[name].safeParse(input).success).toBe(true);
  });

  it('takes `all` for the nodes to which the command applies', () => {
    const some = new Trace();
    for (const id of [10, 1, 2, 3, 4]) some.add(id, started(id));
    some.add(2, { type: 'nodeCrashed' });
    some.add(3, { type: 'nodePaused' });
    some.add(4, { type: 'nodeAway', machine: 'desk 4' });
    const nodes = (line: string) => actionsFor(parsed(line) as LabConsoleCommand, 'n1', some.view)
      .map(({ name, input }) => `${name} ${'node' in input ? input.node : ''}`);
    expect(nodes('crash all')).toEqual(['n1', 'n3', 'n5', 'n10'].map((node) => `node:crash ${node}`));
    expect(nodes('restart all')).toEqual(['node:restart n2']);
    expect(nodes('pause all')).toEqual(['node:pause n1', 'node:pause n10']);
    expect(nodes('resume all')).toEqual(['node:resume n3']);
    expect(actions('resume all')).toEqual([]);
  });

  it('says so when nobody leads, and when the leader makes no sense', () => {
    const none = new Trace();
    expect(leaderOf(none.view)).toBeNull();
    expect(() => actionsFor(parsed('crash leader') as LabConsoleCommand, 'n1', none.view)).toThrow(/no node leads/);
    expect(() => actions('deliver m9')).toThrow(/no message m9 is held/);
    expect(() => actions('cut n4 leader')).toThrow(/no link to itself/);
    expect(() => actions('partition n1 n2 n3 n4 n5')).toThrow(/these are all the nodes/);
  });
});
