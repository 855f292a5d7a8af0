/** What was asked of simulated nodes and is not answered yet. */
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { NodeId } from '../../raft/index.ts';
import type { ServerAnswer } from '../../server/protocol.ts';
import type { Schedule } from '../schedule.ts';

export type Settled<Type extends ServerAnswer['type']> = ServerAnswer & { readonly type: Type };

/** Called once, with the answer or with the reason why there is none. */
export type Reply<Answer> = (outcome: Answer | LabError) => void;

/** What becomes of a question when its node does not answer it. */
export interface QuestionTerms {
  readonly limitMs: number;
  /** The error when the node ends before it answers. */
  readonly onLost: LabErrorData;
  /** The error when it does not answer in time. */
  readonly onSilent: LabErrorData;
  /** The error when it is paused; undefined: the question waits on. */
  readonly onPaused: LabErrorData | undefined;
}

interface Pending {
  readonly node: NodeId;
  readonly terms: QuestionTerms;
  readonly reply: Reply<ServerAnswer>;
}

/** Whatever happens to a node, an answer or an error comes in time: virtual time, in which its lab must go on. */
export class PendingAnswers {
  readonly #schedule: Schedule;
  readonly #pending = new Map<number, Pending>();
  #asked = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /**
   * @param send asks the node under this number
   * @param reply gets the answer of this type, or a LabError when the node refuses, or as the terms say
   */
  ask<Type extends ServerAnswer['type']>(
    node: NodeId, type: Type, terms: QuestionTerms, send: (requestId: number) => void, reply: Reply<Settled<Type>>,
  ): void {
    this.#asked += 1;
    const requestId = this.#asked;
    this.#pending.set(requestId, {
      node,
      terms,
      reply: (outcome) => {
        reply(outcome instanceof LabError || isOfType(outcome, type) ? outcome : new LabError(
          'internal', `a node answered ${outcome.type} where ${type} was asked for`,
        ));
      },
    });
    this.#schedule.after(1000 * terms.limitMs, () => this.#giveUp(requestId, terms.onSilent));
    send(requestId);
  }

  /** An answer has come. */
  settle(answer: ServerAnswer): void {
    const pending = this.#pending.get(answer.requestId);
    this.#pending.delete(answer.requestId);
    pending?.reply(answer.type === 'requestFailed' ? new LabError(answer.error.code, answer.error.message) : answer);
  }

  /** The node is gone. */
  lose(node: NodeId): void {
    for (const [requestId, { node: asked, terms }] of [...this.#pending]) {
      if (asked === node) this.#giveUp(requestId, terms.onLost);
    }
  }

  /** The node is paused. */
  pause(node: NodeId): void {
    for (const [requestId, { node: asked, terms }] of [...this.#pending]) {
      if (asked === node) this.#giveUp(requestId, terms.onPaused);
    }
  }

  #giveUp(requestId: number, error: LabErrorData | undefined): void {
    if (error === undefined) return;
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    pending?.reply(new LabError(error.code, error.message));
  }
}

function isOfType<Type extends ServerAnswer['type']>(answer: ServerAnswer, type: Type): answer is Settled<Type> {
  return answer.type === type;
}
