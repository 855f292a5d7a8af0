/** The console's content: each question with its own answer, in bounded memory. */
import { shallowReactive } from 'vue';
import type { AnswerTone, AnswerWords } from '../../contract/console.ts';
import type { NodeName } from '../../trace/names.ts';
import type { WaitsEvent } from './waiting.ts';

/** An answer; `help` is laid out in columns instead of as text. */
export interface Answer extends AnswerWords {
  readonly form?: 'help';
  /** The value that was read, to be copied: the text has it in quotes. */
  readonly value?: string;
}

/** What became of a command whose outcome was unknown when it was answered. */
export interface Decision {
  readonly isApplied: boolean;
  readonly text: string;
  /** Its entry, or why it never takes effect. */
  readonly detail: string;
}

/** A question and its outcome. */
export interface Exchange {
  readonly id: number;
  /** The text of the prompt: the asked node, or `lab` without one. */
  readonly prompt: NodeName | 'lab';
  readonly line: string;
  /** Where parsing failed in the line. */
  readonly wrongAt: number | null;
  /** The node that a command was sent to; null for commands to the lab. */
  readonly asked: NodeName | null;
  /** By the lab's clock. */
  readonly startedAtMs: number;
  /** What events call a command that was sent to a node; absent: nobody tells of it. */
  readonly traceId?: string;
  /** What it waits for, as the asked node told it last. */
  waits: WaitsEvent | null;
  /** Null while it is in progress. */
  answer: Answer | null;
  decision: Decision | null;
}

/** An exchange as it begins. */
export type Question = Omit<Exchange, 'id' | 'waits' | 'answer' | 'decision'>;

/** The most lines of output that are kept; older exchanges are removed as a whole. */
export const OUTPUT_LINES_MAX = 1000;
/** The most characters that are kept, however few the lines: sixteen of the largest values. */
export const OUTPUT_CHARACTERS_MAX = 16 * 2 ** 20;

const TONE_WORD: Readonly<Record<AnswerTone, string>> = { ok: '', note: '', unknown: 'unknown: ', error: 'error: ' };

/** The console's output. Exchanges are shallow-reactive: an answer updates its own lines and no others. */
export class Transcript {
  /** Oldest first. */
  readonly exchanges: Exchange[] = shallowReactive([]);
  #lastId = 0;

  /** How many commands are in progress. */
  get runningCount(): number {
    return this.exchanges.filter((exchange) => exchange.answer === null).length;
  }

  /** Adds a question; its answer comes now or later (`answer`). */
  ask(question: Question, answer: Answer | null = null): Exchange {
    this.#lastId += 1;
    const exchange = shallowReactive<Exchange>({
      ...question, id: this.#lastId, waits: null, answer, decision: null,
    });
    this.exchanges.push(exchange);
    this.#trim();
    return exchange;
  }

  /** The exchange that events call so. */
  exchangeOf(traceId: string): Exchange | undefined {
    return this.exchanges.findLast((exchange) => exchange.traceId === traceId);
  }

  /** Adds the answer to its question. */
  answer(exchange: Exchange, answer: Answer): void {
    exchange.answer = answer;
    this.#trim();
  }

  /** Clears the screen. Commands in progress stay: their answers need a place. */
  clear(): void {
    const running = this.exchanges.filter((exchange) => exchange.answer === null);
    this.exchanges.splice(0, this.exchanges.length, ...running);
  }

  /** The whole output as plain text, for the clipboard. */
  toText(): string {
    return this.exchanges.map(exchangeText).join('\n');
  }

  #trim(): void {
    let lines = 0;
    let characters = 0;
    for (let index = this.exchanges.length - 1; index >= 0; index -= 1) {
      const exchange = this.exchanges[index];
      if (exchange === undefined) continue;
      lines += linesOf(exchange);
      characters += exchange.line.length + (exchange.answer?.text.length ?? 0);
      const isFull = lines > OUTPUT_LINES_MAX || characters > OUTPUT_CHARACTERS_MAX;
      // The newest exchange stays, however long it is.
      if (isFull && index < this.exchanges.length - 1) {
        const removed = this.exchanges.splice(0, index + 1);
        this.exchanges.unshift(...removed.filter((exchange) => exchange.answer === null));
        return;
      }
    }
  }
}

/** Counts lines only up to the number that is kept, so that a long text is not read to its end. */
function linesOf(exchange: Exchange): number {
  return 1 + (exchange.answer?.text.split('\n', OUTPUT_LINES_MAX).length ?? 1);
}

/** One exchange as plain text. */
function exchangeText({ prompt, line, answer, decision }: Exchange): string {
  const question = `${prompt} ❯ ${line}`;
  if (answer === null) return `${question}\n(under way)`;
  const lines = [question, `${TONE_WORD[answer.tone]}${withDetail(answer)}`];
  return [...lines, ...(decision === null ? [] : [withDetail(decision)])].join('\n');
}

function withDetail({ text, detail }: Pick<Answer, 'text' | 'detail'>): string {
  return detail === '' ? text : `${text}  ${detail}`;
}
