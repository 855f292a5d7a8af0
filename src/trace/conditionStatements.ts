/** What a condition can state: of leaders, nodes, logs, messages, answers and findings. docs/console.md lists it. */
import type { Role } from '../raft/types.ts';
import type { ConditionWords } from './conditionWords.ts';
import type { ClientOutcome, MessageKind, TraceEvent } from './events.ts';
import { isNodeName, nodeNameOf } from './names.ts';
import type { NodeName } from './names.ts';
import { messageKind } from './schemaParts.ts';
import { COUNT_MAX } from './view.ts';
import type { ClusterView, NodeLife, NodeView } from './view.ts';

/** A part of a condition; `isMoment` as in Condition. */
export interface Test {
  readonly isMoment: boolean;
  readonly isMet: (view: ClusterView, event: TraceEvent | null) => boolean;
}

const A_NODE = 'a node (n1, n2 …)';
const STATEMENTS = 'a node, somebody, nobody, two, commit of, applied of, term of, last index of, a finding, a message '
  + 'or a command';

/** @throws {ConditionProblem} when no statement begins here, or it does not go on as one */
export function parseStatement(words: ConditionWords): Test {
  if (isNodeName(words.peek())) return parseNode(words);
  if (words.accept('somebody', 'leads')) return state((view) => leaderCount(view) > 0);
  if (words.accept('nobody', 'leads')) return state((view) => leaderCount(view) === 0);
  if (words.accept('two', 'lead')) return state((view) => leaderCount(view) > 1);
  if (words.accept('a', 'finding')) return state((view) => view.violationCount > 0);
  if (words.accept('finding')) return parseFinding(words);
  if (words.accept('a', 'command', 'is')) return parseAnswer(words);
  if ((words.peek() === 'a' || words.peek() === 'an') && words.peek(1) !== '') return parseMessage(words);
  const quantity = QUANTITIES.find(({ name }) => words.accept(...name, 'of'));
  return quantity === undefined ? words.fail(STATEMENTS) : parseQuantity(words, quantity.read);
}

/** A statement of how things are. */
function state(isMet: (view: ClusterView) => boolean): Test {
  return { isMoment: false, isMet };
}

/** A statement of what happens. */
function moment(happens: (event: TraceEvent) => boolean): Test {
  return { isMoment: true, isMet: (_view, event) => event !== null && happens(event) };
}

/** Of a node that the lab does not have nothing holds. */
function ofNode(name: NodeName, holds: (node: NodeView) => boolean): Test {
  return state(({ nodes }) => {
    const node = nodes[name];
    return node !== undefined && holds(node);
  });
}

/** A paused node leads nobody, whatever it believes. */
function leads(node: NodeView): boolean {
  return node.life === 'running' && node.role === 'leader';
}

function leaderCount(view: ClusterView): number {
  return Object.values(view.nodes).filter(leads).length;
}

const LIVES: readonly string[] = ['running', 'paused', 'crashed', 'stopped', 'failed'] satisfies NodeLife[];
const ROLES: readonly string[] = ['leader', 'candidate', 'pre-candidate', 'follower'] satisfies Role[];

function parseNode(words: ConditionWords): Test {
  const name = takeNode(words);
  if (words.accept('leads')) return ofNode(name, leads);
  if (words.accept('voted', 'for')) {
    const candidate = takeNode(words);
    return ofNode(name, ({ votedFor }) => votedFor !== 0 && nodeNameOf(votedFor) === candidate);
  }
  if (words.accept('has', 'entry')) return parseEntry(words, name);
  if (words.accept('holds')) return parseHeld(words, name);
  if (words.accept('is', 'a')) {
    const role = takeOneOf(words, ROLES);
    return ofNode(name, (node) => node.life === 'running' && node.role === role);
  }
  words.accept('is');
  const life = words.take(`leads, voted for, has entry, holds, is a ${either(ROLES)}, ${either(LIVES)}`,
    (text) => LIVES.find((known) => known === text));
  return ofNode(name, (node) => node.life === life);
}

/** What a person holds at its sender. */
function parseHeld(words: ConditionWords, from: NodeName): Test {
  const type = takeMessageType(words);
  const to = words.accept('to') ? takeNode(words) : null;
  return state(({ held }) => held.some((message) =>
    message.from === from && (to === null || message.to === to) && (type === 'any' || message.message.type === type)));
}

/** What a snapshot covers counts as had. Terms are known of the snapshot's last entry and of the view's tail. */
function parseEntry(words: ConditionWords, name: NodeName): Test {
  const index = takeWhole(words, 'an index');
  if (!words.accept('of', 'term')) return ofNode(name, ({ lastIndex }) => lastIndex >= index);
  const term = takeWhole(words, 'a term');
  return ofNode(name, ({ tail, snapshotIndex, snapshotTerm }) =>
    tail.some((entry) => entry.index === index && entry.term === term)
    || (snapshotIndex === index && snapshotTerm === term));
}

const QUANTITIES: readonly { readonly name: readonly string[]; readonly read: (node: NodeView) => number }[] = [
  { name: ['commit'], read: (node) => node.commitIndex },
  { name: ['applied'], read: (node) => node.lastApplied },
  { name: ['term'], read: (node) => node.term },
  { name: ['last', 'index'], read: (node) => node.lastIndex },
];

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '≥': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '≤': (a, b) => a <= b,
};

function parseQuantity(words: ConditionWords, read: (node: NodeView) => number): Test {
  const name = takeNode(words);
  const compare = words.take('=, <, >, <= or >=', (text) => COMPARISONS[text]);
  const number = takeWhole(words, 'a whole number');
  return ofNode(name, (node) => compare(read(node), number));
}

/** `finding StateMachineSafety` and `finding State Machine Safety`: spaces and capitals do not matter. */
function parseFinding(words: ConditionWords): Test {
  const ends = ['', 'and', 'or', ')'];
  let check = words.take('the name of a check', (text) => ends.includes(text) ? undefined : text);
  while (!ends.includes(words.peek())) check += words.take('', (text) => text);
  return state(({ violations }) => violations.some((found) => found.check.toLowerCase().replaceAll(' ', '') === check));
}

const OUTCOMES: Readonly<Record<string, ClientOutcome>> = { answered: 'ok', unknown: 'unknown', refused: 'refused' };

function parseAnswer(words: ConditionWords): Test {
  const outcome = words.take('answered, unknown or refused', (text) => OUTCOMES[text]);
  return moment((event) => event.type === 'clientAnswered' && event.outcome === outcome);
}

type MessageEvent = TraceEvent & {
  readonly type: 'messageSent' | 'messageHeld' | 'messageReceived' | 'messageDropped';
};

function parseMessage(words: ConditionWords): Test {
  const type = takeMessageType(words);
  const from = words.accept('from') ? takeNode(words) : null;
  const to = words.accept('to') ? takeNode(words) : null;
  const fate = takeFate(words);
  return moment((event) => {
    if (event.type !== fate) return false;
    const ends = endsOf(event);
    return (type === 'any' || event.message?.type === type)
      && (from === null || ends.from === from) && (to === null || ends.to === to);
  });
}

/** `a message`, or one of a kind: `an AppendEntries`. */
function takeMessageType(words: ConditionWords): MessageKind | 'any' {
  if (!words.accept('an')) words.expect('a');
  return words.take('message, or a kind of message such as AppendEntries, or finding, or command is', (text) =>
    text === 'message' ? 'any' : messageKind.options.find((known) => known.toLowerCase() === text));
}

function takeFate(words: ConditionWords): MessageEvent['type'] {
  if (words.accept('arrives')) return 'messageReceived';
  if (words.accept('is', 'lost')) return 'messageDropped';
  if (words.accept('is', 'sent')) return 'messageSent';
  if (words.accept('is', 'held')) return 'messageHeld';
  return words.fail('is sent, is held, arrives or is lost');
}

/** The sender tells of what it sends, the receiver of what arrives; a loss is told by either. */
function endsOf(event: MessageEvent): { readonly from: NodeName; readonly to: NodeName } {
  switch (event.type) {
    case 'messageSent':
    case 'messageHeld':
      return { from: nodeNameOf(event.node), to: nodeNameOf(event.to) };
    case 'messageReceived':
      return { from: nodeNameOf(event.from), to: nodeNameOf(event.node) };
    case 'messageDropped':
      return { from: nodeNameOf(event.from ?? event.node), to: nodeNameOf(event.to ?? event.node) };
  }
}

function takeNode(words: ConditionWords): NodeName {
  return words.take(A_NODE, (text) => isNodeName(text) ? text : undefined);
}

function takeWhole(words: ConditionWords, expected: string): number {
  return words.take(expected, (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    return number <= COUNT_MAX ? number : undefined;
  });
}

function takeOneOf(words: ConditionWords, choices: readonly string[]): string {
  return words.take(either(choices), (text) => choices.find((choice) => choice === text));
}

function either(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}
