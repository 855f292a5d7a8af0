/** What was asked of simulated nodes and is not answered yet. */
import { LabError } from '../../contract/errors.ts';
import type { NodeId } from '../../raft/index.ts';
import type { ServerAnswer } from '../../server/protocol.ts';

export type Settled<Type extends ServerAnswer['type']> = ServerAnswer & { readonly type: Type };

interface Pending {
  readonly node: NodeId;
  readonly resolve: (answer: ServerAnswer) => void;
  readonly reject: (error: LabError) => void;
}

export class PendingAnswers {
  readonly #pending = new Map<number, Pending>();
  #asked = 0;

  /**
   * @param send asks the node under this number
   * @returns the answer of this type; rejects with a LabError when the node refuses, or ends before it has answered
   */
  async ask<Type extends ServerAnswer['type']>(
    node: NodeId, type: Type, send: (requestId: number) => void,
  ): Promise<Settled<Type>> {
    this.#asked += 1;
    const requestId = this.#asked;
    const answer = await new Promise<ServerAnswer>((resolve, reject) => {
      this.#pending.set(requestId, { node, resolve, reject });
      send(requestId);
    });
    if (!isOfType(answer, type)) {
      throw new LabError('internal', `a node answered ${answer.type} where ${type} was asked for`);
    }
    return answer;
  }

  /** An answer has come. */
  settle(answer: ServerAnswer): void {
    const pending = this.#pending.get(answer.requestId);
    this.#pending.delete(answer.requestId);
    if (answer.type === 'requestFailed') {
      pending?.reject(new LabError(answer.error.code, answer.error.message));
    } else {
      pending?.resolve(answer);
    }
  }

  /** The node is gone: what it was asked may or may not take effect. */
  giveUp(node: NodeId): void {
    for (const [requestId, pending] of this.#pending) {
      if (pending.node === node) {
        this.#pending.delete(requestId);
        pending.reject(new LabError('unknown-outcome', 'unknown outcome: the node went silent before it answered'));
      }
    }
  }
}

function isOfType<Type extends ServerAnswer['type']>(answer: ServerAnswer, type: Type): answer is Settled<Type> {
  return answer.type === type;
}
