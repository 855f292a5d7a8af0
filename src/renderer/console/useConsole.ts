/** The console's session: the node it asks, the earlier questions, and the handling of an entered line. */
import { useDebounceFn } from '@vueuse/core';
import { computed, shallowRef, watch } from 'vue';
import type { KvAnswer, ReadKind } from '../../contract/answers.ts';
import { LIST_ENTRIES_MAX } from '../../contract/commands.ts';
import type { CommandInput } from '../../contract/commands.ts';
import {
  actionsFor, carryOutTime, completions, copiedText, describeAnswer, describeError, describeOutcome, heldMessagesText,
  helpText, parseConsole, resolveTarget,
} from '../../contract/console.ts';
import type {
  AnswerWords, CommandWord, Completions, LabAction, LabConsoleCommand, LabOutcome, NodeTarget, TimeOrder,
} from '../../contract/console.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { NodeName } from '../../trace/names.ts';
import { describeVariant } from '../../trace/variantWords.ts';
import type { ClusterView } from '../../trace/view.ts';
import { usePresentClock } from '../lan/labClock.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useHistoryStore } from '../stores/history.ts';
import { KnownKeys } from './knownKeys.ts';
import { doneWords } from './labAnswers.ts';
import { statusWords } from './statusTable.ts';
import { Transcript } from './transcript.ts';
import type { Answer, Exchange } from './transcript.ts';
import { useRequestEvents } from './useRequestEvents.ts';

type KvCommand = CommandInput<'kv:execute'>['command'];

/** The most commands in progress at once. */
const UNDER_WAY_MAX = 32;
/** ConsoleText shows a whole value on demand, so it is not cut here. */
const VALUE_CHARACTERS_MAX = Infinity;
const REFRESH_KEYS_AFTER_MS = 500;

const note = (text: string): AnswerWords => ({ tone: 'note', text, detail: '' });

export function useConsole() {
  const cluster = useClusterStore();
  const actions = useActions();
  const history = useHistoryStore();
  const nowMs = usePresentClock();
  const transcript = new Transcript();
  useRequestEvents(transcript);
  const keys = new KnownKeys();

  const chosen = shallowRef<NodeName | null>(null);
  /** The asked node: the chosen one, while the lab has it. Null without a lab. */
  const asked = computed<NodeName | null>(() => {
    const names = cluster.presentNames;
    return chosen.value !== null && names.includes(chosen.value) ? chosen.value : names[0] ?? null;
  });

  /** How a get or a list is answered if it does not name a kind of read. */
  const readKind = shallowRef<ReadKind>('read-index');

  function use(node: NodeName): void {
    chosen.value = node;
  }

  function candidatesAt(text: string, cursor: number): Completions {
    if (cluster.noLabOpen) return { from: cursor, texts: [] };
    return completions(text, cursor, {
      nodes: cluster.presentNames, keys: keys.sorted(),
      held: cluster.presentView()?.held.map(({ number }) => `m${number}`) ?? [],
    });
  }

  /** Reads the keys of the asked node's state machine. A node that cannot be read leaves the keys as they are. */
  async function refreshKeys(): Promise<void> {
    if (asked.value === null) return;
    const reply = await actions.readKv(asked.value, '', LIST_ENTRIES_MAX);
    if (!reply.ok) return;
    for (const { key } of reply.value.entries) keys.add(key);
  }
  const refreshKeysSoon = useDebounceFn(refreshKeys, REFRESH_KEYS_AFTER_MS);

  watch(() => cluster.presentView()?.labId, (labId, before) => {
    keys.clear();
    chosen.value = null;
    const name = cluster.presentView()?.name ?? '';
    if (labId && before) tell(`“${name}” is open; the lines above belong to another lab`);
  });
  watch(() => {
    const view = cluster.presentView();
    return [view?.labId, view?.variant.defaultRead] as const;
  }, ([, defaultRead]) => {
    readKind.value = defaultRead ?? 'read-index';
  }, { immediate: true });
  watch(() => cluster.noLabOpen, (isNone) => {
    if (isNone) tell('no lab is open; the lines above belong to the lab that was open');
  });
  watch(asked, () => void refreshKeys(), { immediate: true });

  /** Says something that nobody has asked, below what was said. */
  function tell(text: string): void {
    if (transcript.exchanges.length === 0) return;
    transcript.ask({ prompt: 'lab', asked: null, line: '', wrongAt: null, startedAtMs: nowMs() }, note(text));
  }

  /** Takes a line that was entered. Resolves when it is answered. */
  async function submit(line: string): Promise<void> {
    const view = cluster.presentView();
    const node = asked.value;
    if (history.file !== null) {
      const text = 'a recording is shown, and nothing can be asked of it: go to LIVE first';
      const answer: AnswerWords = { tone: 'error', text, detail: '' };
      transcript.ask({ prompt: 'lab', asked: null, line, wrongAt: null, startedAtMs: nowMs() }, answer);
      return;
    }
    if (view === null || node === null) {
      const answer: AnswerWords = { tone: 'error', text: 'no lab is open: open or create one first', detail: '' };
      transcript.ask({ prompt: 'lab', asked: null, line, wrongAt: null, startedAtMs: nowMs() }, answer);
      return;
    }
    const ask = (answer: Answer, wrongAt: number | null = null): void => {
      transcript.ask({ prompt: node, asked: null, line, wrongAt, startedAtMs: nowMs() }, answer);
    };
    const parsed = parseConsole(line);
    if (!parsed.ok) {
      ask({ tone: 'error', text: parsed.message, detail: parsed.hint }, parsed.position);
      return;
    }
    const { command } = parsed;
    switch (command.type) {
      case 'clear': transcript.clear(); break;
      case 'help': ask(helpAnswer(command.topic)); break;
      case 'status': ask(statusWords(view)); break;
      case 'show-variant': ask(note(describeVariant(view.variant))); break;
      case 'quit': ask(note('close the window to stop the nodes; the lab is as it was when it is opened again')); break;
      case 'time': await moveTime(command.order, line, node); break;
      case 'messages': ask(heldWords(command.node, view)); break;
      case 'use': ask(useTarget(command.node, view)); break;
      default: await carryOut(command, line, node, view);
    }
  }

  function useTarget(target: NodeTarget, view: ClusterView): AnswerWords {
    try {
      const name = resolveTarget(target, view);
      if (view.nodes[name] === undefined) throw new LabError('unknown-node', `this lab has no node ${name}`);
      use(name);
      return note(`asks ${name} from now on`);
    } catch (error) {
      return describeError(errorData(error));
    }
  }

  function heldWords(target: NodeTarget | null, view: ClusterView): AnswerWords {
    try {
      return note(heldMessagesText(view, target === null ? null : resolveTarget(target, view)));
    } catch (error) {
      return describeError(errorData(error));
    }
  }

  async function moveTime(order: TimeOrder, line: string, node: NodeName): Promise<void> {
    const exchange = transcript.ask({
      prompt: node, asked: null, line, wrongAt: null, startedAtMs: performance.now(),
    });
    try {
      const { tone, text, detail } = await carryOutTime(order, async (name, input) => {
        const reply = await actions.ask(name, input);
        if (reply.ok) return reply.value;
        throw new LabError(reply.error.code, reply.error.message);
      });
      transcript.answer(exchange, { tone, text, detail });
    } catch (error) {
      transcript.answer(exchange, describeError(errorData(error)));
    }
  }

  async function carryOut(command: LabConsoleCommand, line: string, node: NodeName, view: ClusterView): Promise<void> {
    const question = { prompt: node, asked: node, line, wrongAt: null, startedAtMs: nowMs() };
    if (transcript.runningCount >= UNDER_WAY_MAX) {
      const text = `${UNDER_WAY_MAX} commands are under way: wait until one is answered`;
      transcript.ask(question, { tone: 'error', text, detail: '' });
      return;
    }
    try {
      const steps = actionsFor(command, node, view);
      const [first] = steps;
      if (first?.name === 'kv:execute') {
        const input = { ...withReadKind(first.input), traceId: crypto.randomUUID() };
        await askNode(transcript.ask({ ...question, asked: input.node, traceId: input.traceId }), input);
      } else {
        const exchange = transcript.ask({ ...question, asked: null });
        transcript.answer(exchange, await changeLab(command, steps));
      }
    } catch (error) {
      transcript.ask(question, describeError(errorData(error)));
    }
  }

  function withReadKind(input: CommandInput<'kv:execute'>): CommandInput<'kv:execute'> {
    const isRead = input.command.op === 'get' || input.command.op === 'list';
    return isRead && input.read === undefined ? { ...input, read: readKind.value } : input;
  }

  async function askNode(exchange: Exchange, input: CommandInput<'kv:execute'>): Promise<void> {
    const reply = await actions.ask('kv:execute', input);
    if (reply.ok) learnKeys(input.command, reply.value);
    const words = reply.ok ? describeAnswer(reply.value, VALUE_CHARACTERS_MAX) : describeError(reply.error);
    const value = reply.ok && reply.value.result.type === 'value' ? reply.value.result.value : null;
    transcript.answer(exchange, value === null ? words : { ...words, value: copiedText(value) });
  }

  /** Carries out a command step by step; a failed step is reported, and the steps after it still happen. */
  async function changeLab(command: LabConsoleCommand, steps: readonly LabAction[]): Promise<AnswerWords> {
    const errors: LabErrorData[] = [];
    const done: LabAction[] = [];
    let words: AnswerWords | undefined;
    for (const step of steps) {
      const { name, input } = step;
      const reply = await actions.ask(name, input);
      if (reply.ok) done.push(step);
      // An answer's type follows from the command's name, which the compiler loses in the call of `ask`.
      if (reply.ok) words = describeOutcome({ name, input, answer: reply.value } as LabOutcome);
      else errors.push(reply.error);
    }
    const [first] = errors;
    if (first === undefined) return words ?? doneWords(command, steps);
    const soFar = command.type === 'node' && done.length > 0 ? [doneWords(command, done).detail] : [];
    return { ...describeError(first), text: [...errors.map((error) => error.message), ...soFar].join('\n') };
  }

  function learnKeys(command: KvCommand, { result }: KvAnswer): void {
    if (result.type === 'list') for (const { key } of result.entries) keys.add(key);
    else if (command.op === 'delete') keys.delete(command.key);
    else if (command.op !== 'list' && command.op !== 'get') keys.add(command.key);
    if (command.op !== 'get' && command.op !== 'list') void refreshKeysSoon();
  }

  return { transcript, asked, use, readKind, candidatesAt, submit, tell };
}

function helpAnswer(topic: CommandWord | null): Answer {
  const words = { tone: 'ok', text: helpText(topic), detail: '' } as const;
  return topic === null ? { ...words, form: 'help' } : words;
}

function errorData(error: unknown): LabErrorData {
  if (error instanceof LabError) return error.toData();
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
