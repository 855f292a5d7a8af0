/** What the terminal does with a line: asks the lab, or answers by itself. The same for a screen and for a pipe. */
import {
  actionsFor, carryOutTime, describeError, describeNothingDone, describeOutcome, heldMessagesText, helpText, leaderOf,
  namesLeader, parseConsole, resolveTarget,
} from '../../contract/console.ts';
import type {
  AnswerWords, ConsoleCommand, LabAction, LabConsoleCommand, LabOutcome, NodeAction, TimeOrder,
} from '../../contract/console.ts';
import { LabError } from '../../contract/errors.ts';
import type { KvCommand, KvResult } from '../../kv/commands.ts';
import type { LabService } from '../../lab/service.ts';
import type { Index } from '../../raft/types.ts';
import { answeredInVirtualTime } from '../../scenario/virtualTime.ts';
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { describeVariant } from '../../trace/variantWords.ts';
import type { ClusterView } from '../../trace/view.ts';
import type { LabView } from './labView.ts';
import { doorPasswordLines, LAN_HELP, runLanCommand } from './lanCommands.ts';
import { statusOf } from './status.ts';
import { PLAIN } from './style.ts';
import { clusterTable } from './table.ts';

/** The most keys that are remembered for completion; beyond it, the one seen longest ago is dropped. */
const KEYS_MAX = 1000;

/** Nodes report events in batches, after their answers: how long the view may take to catch up with an answer. */
const CATCH_UP_WITHIN_MS = 500;

/** The outcome of a line. */
export type LineOutcome =
  | ({
      readonly type: 'answer';
      /** For programs: the lab's own answer, or what the words were made of. */
      readonly value?: unknown;
    } & AnswerWords)
  | { readonly type: 'clear' }
  | { readonly type: 'quit' };

const DONE: Record<NodeAction, string> = {
  crash: 'crashed', restart: 'restarted', pause: 'paused', resume: 'resumed', wipe: 'wiped',
  compact: 'took a snapshot and discarded the log that it covers',
};

export interface ConsoleOptions {
  /** How long a command that says `leader` waits while nobody leads. */
  readonly leaderWithinMs?: number;
  /** For a script in a simulated lab: time is held, and runs until a command is answered. */
  readonly letsTimeRun?: boolean;
}

export class LabConsole {
  #chosen: NodeName | undefined;
  readonly #service: LabService;
  readonly #labView: LabView;
  readonly #leaderWithinMs: number;
  readonly #letsTimeRun: boolean;
  readonly #keys = new Set<string>();
  /** The latest answer: the view must not be older, or `crash leader` would look for a deposed leader. */
  #answered: { readonly node: NodeName; readonly index: Index } | undefined;

  constructor(service: LabService, labView: LabView, { leaderWithinMs = 0, letsTimeRun = false }: ConsoleOptions = {}) {
    this.#service = service;
    this.#labView = labView;
    this.#leaderWithinMs = leaderWithinMs;
    this.#letsTimeRun = letsTimeRun;
  }

  /** The node that is asked: the chosen one, while the lab has it. */
  get asked(): NodeName {
    const { nodes } = this;
    return this.#chosen !== undefined && nodes.includes(this.#chosen) ? this.#chosen : nodes[0] ?? 'n1';
  }

  get #view(): ClusterView {
    return this.#labView.view;
  }

  get nodes(): readonly NodeName[] {
    return Object.values(this.#view.nodes).map((node) => node.name)
      .sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b));
  }

  /** The known keys, in order. */
  get keys(): readonly string[] {
    return [...this.#keys].sort();
  }

  /** The short names of the messages that are held. */
  get held(): readonly string[] {
    return this.#view.held.map(({ number }) => `m${number}`);
  }

  /** Carries out one line. Never rejects: errors are answers. */
  async run(line: string): Promise<LineOutcome> {
    const [first, ...words] = line.trim().split(/\s+/);
    if (first === 'lan') return this.#runLan(words);
    if (first === 'help' && words[0] === 'lan') return this.#runLan(['help']);
    const parsed = parseConsole(line);
    if (!parsed.ok) {
      const text = parsed.hint === '' ? parsed.message : `${parsed.message}: ${parsed.hint}`;
      return { type: 'answer', tone: 'error', text, detail: `at character ${parsed.position + 1}` };
    }
    try {
      const { command } = parsed;
      if (command.type !== 'kv' || command.node === 'leader') await this.#catchUp();
      if (namesLeader(command)) await this.awaitLeader(this.#leaderWithinMs);
      return await this.#carryOut(command);
    } catch (error) {
      return { type: 'answer', ...describeError(errorDataOf(error)) };
    }
  }

  /** Waits for a leader, but at most so long; in a simulated lab of a script, in virtual time. */
  async awaitLeader(withinMs: number): Promise<void> {
    if (leaderOf(this.#view) !== null) return;
    if (this.#isVirtual) await this.#service.execute('time:until', { condition: 'somebody leads', withinMs });
    else await this.#labView.until((view) => leaderOf(view) !== null, withinMs);
  }

  get #isVirtual(): boolean {
    return this.#letsTimeRun && this.#labView.time.status !== null;
  }

  async #runLan(words: readonly string[]): Promise<LineOutcome> {
    try {
      const { text, value } = await runLanCommand(this.#service, words);
      return { ...note(text), value };
    } catch (error) {
      return { type: 'answer', ...describeError(errorDataOf(error)) };
    }
  }

  async #carryOut(command: ConsoleCommand): Promise<LineOutcome> {
    switch (command.type) {
      case 'quit':
      case 'clear':
        return { type: command.type };
      case 'help':
        return note(command.topic === null ? `${helpText(null)}\n\n${LAN_HELP}` : helpText(command.topic));
      case 'status':
        if (!this.#isVirtual) await this.#labView.until(hearsItsLeader, CATCH_UP_WITHIN_MS);
        return { ...note(await this.#statusText()), value: statusOf(this.#view) };
      case 'messages': {
        const node = command.node === null ? null : resolveTarget(command.node, this.#view);
        return { ...note(heldMessagesText(this.#view, node)), value: this.#view.held };
      }
      case 'show-variant':
        return { ...note(describeVariant(this.#view.variant)), value: this.#view.variant };
      case 'use': {
        const node = resolveTarget(command.node, this.#view);
        if (!this.nodes.includes(node)) {
          throw new LabError('unknown-node', `there is no node ${node} in this lab: it has ${this.nodes.join(', ')}`);
        }
        this.#chosen = node;
        return note(`asks ${node} from now on`);
      }
      case 'time':
        return { type: 'answer', ...await this.#moveTime(command.order) };
      default:
        return { type: 'answer', ...await this.#askLab(command) };
    }
  }

  async #statusText(): Promise<string> {
    const table = clusterTable(this.#view, PLAIN, this.#labView.nowMs());
    return [...table, ...await doorPasswordLines(this.#service, this.#view)].join('\n');
  }

  async #moveTime(order: TimeOrder): Promise<AnswerWords & { readonly value: unknown }> {
    if (this.#isVirtual && order.do === 'run' && order.forMs === null) {
      throw new LabError('invalid-argument', 'a script says for how long: run 5s');
    }
    const words = await carryOutTime(order, this.#ask);
    // The events of another moment are not those that came.
    if (order.do === 'back' || order.do.includes('branch')) await this.#labView.reattach();
    return words;
  }

  readonly #ask: LabService['execute'] = (name, input) => this.#service.execute(name, input);

  async #askLab(command: LabConsoleCommand): Promise<AnswerWords & { readonly value?: unknown }> {
    let words: AnswerWords & { readonly value?: unknown } = { tone: 'ok', text: 'ok', detail: '' };
    const done: NodeName[] = [];
    const errors: LabError[] = [];
    const actions = actionsFor(command, this.asked, this.#view);
    if (command.type === 'held' && actions.length === 0) return describeNothingDone(command.action);
    for (const action of actions) {
      try {
        words = await this.#act(action) ?? words;
      } catch (error) {
        if ((command.type !== 'node' && command.type !== 'held') || !(error instanceof LabError)) throw error;
        // The view may not show yet that an earlier line let this message go.
        if (command.type === 'held' && command.message === 'all' && error.code === 'not-held') continue;
        errors.push(error); // the nodes and messages after it are acted on all the same
        continue;
      }
      if (command.type === 'node' && 'node' in action.input) done.push(action.input.node);
    }
    const [first] = errors;
    if (command.type !== 'node') {
      if (first !== undefined) throw first;
      return words;
    }
    if (first !== undefined) {
      const soFar = done.length === 0 ? '' : `${DONE[command.action]} ${done.join(', ')}, but `;
      throw new LabError(first.code, `${soFar}${errors.map(({ message }) => message).join('; ')}`);
    }
    if (command.nodes === 'all' && done.length === 0) return describeNothingDone(command.action);
    return { ...words, text: `${DONE[command.action]} ${done.join(', ')}` };
  }

  async #act(action: LabAction): Promise<(AnswerWords & { readonly value: unknown }) | undefined> {
    const { name, input } = action;
    // An answer's type follows from the command's name, but the compiler loses that connection in `execute`.
    const asked = this.#service.execute(name, input);
    const answer = this.#isVirtual ? await answeredInVirtualTime<unknown>(asked, this.#ask) : await asked;
    const outcome = { name, input, answer } as LabOutcome;
    if (outcome.name === 'kv:execute') {
      this.#answered = { node: outcome.input.node, index: outcome.answer.index };
      this.#noteKeys(outcome.input.command, outcome.answer.result);
    }
    const words = describeOutcome(outcome);
    return words === undefined ? undefined : { ...words, value: outcome.answer };
  }

  /** Waits until the view is as recent as the latest answer. */
  async #catchUp(): Promise<void> {
    const answered = this.#answered;
    if (answered === undefined || this.#isVirtual) return;
    this.#answered = undefined;
    const knows = ({ nodes }: ClusterView): boolean => {
      const node = nodes[answered.node];
      return node?.life !== 'running' || node.commitIndex >= answered.index;
    };
    await this.#labView.until(knows, CATCH_UP_WITHIN_MS);
  }

  #noteKeys(command: KvCommand, result: KvResult): void {
    const listed = result.type === 'list' ? result.entries.map(({ key }) => key) : [];
    for (const key of command.op === 'list' ? listed : [command.key]) {
      this.#keys.delete(key);
      if (command.op !== 'delete') this.#keys.add(key);
    }
    for (const oldest of this.#keys) {
      if (this.#keys.size <= KEYS_MAX) return;
      this.#keys.delete(oldest);
    }
  }
}

/**
 * Whether the view is as recent for the leader as for its followers. No follower knows of a commit that its leader does
 * not know (Raft §5.3), but each node's events come separately.
 */
function hearsItsLeader(view: ClusterView): boolean {
  const leader = leaderOf(view);
  return leader === null || Object.values(view.nodes).every(({ life, term, commitIndex }) => (
    life !== 'running' || term !== leader.term || commitIndex <= leader.commitIndex
  ));
}

function note(text: string): LineOutcome & { type: 'answer' } {
  return { type: 'answer', tone: 'note', text, detail: '' };
}

/** Errors of the lab are for a person to read; anything else is a bug, reported as an answer instead of a crash. */
function errorDataOf(error: unknown): { code: LabError['code']; message: string } {
  if (error instanceof LabError) return error.toData();
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `Something in Raftlab failed: ${message}` };
}
