/** What clients ask of servers: who waits for what, and what each is told. */
import type { KvRequest, NodeTraceBody, ServerAnswer } from '../server/protocol.ts';
import type { Check } from './checks/observer.ts';
import type { Client, ClientOutcome } from './clients.ts';
import type { Schedule } from './schedule.ts';
import type { SimulatedNode } from './simulatedNode.ts';

/** A request that a node has not answered. */
interface Asked {
  readonly node: SimulatedNode;
  readonly client: Client;
}

export class Requests {
  readonly #schedule: Schedule;
  readonly #checks: readonly Check[];
  readonly #asked = new Map<number, Asked>();
  #count = 0;

  constructor(schedule: Schedule, checks: readonly Check[]) {
    this.#schedule = schedule;
    this.#checks = checks;
  }

  /** Asks a running node. @returns the number under which the answer comes */
  ask(node: SimulatedNode, client: Client, request: KvRequest): number {
    this.#count += 1;
    const requestId = this.#count;
    this.#asked.set(requestId, { node, client });
    for (const check of this.#checks) check.onAsked?.(requestId, request);
    node.handle({ type: 'kv', requestId, request: { ...request, traceId: String(requestId) } });
    return requestId;
  }

  onAnswer(node: SimulatedNode, answer: ServerAnswer): void {
    // A node answers before it has told what it applied, and maybe before the client knows that it has asked.
    if (answer.type === 'kvAnswer') {
      this.#schedule.after(0, () => {
        for (const check of this.#checks) check.onAnswered?.(node, answer.requestId, answer.answer);
        this.#settle(answer.requestId, { type: 'answered', answer: answer.answer });
      });
    } else if (answer.type === 'requestFailed' && answer.requestId > 0) {
      this.#schedule.after(0, () => {
        for (const check of this.#checks) check.onRefused?.(node, answer.requestId, answer.error);
        this.#settle(answer.requestId, { type: 'failed', error: answer.error });
      });
    }
  }

  /** What a node tells later about a request whose outcome was unknown. */
  onDecided(node: SimulatedNode, { requestId, isApplied }: NodeTraceBody & { type: 'clientDecided' }): void {
    this.#schedule.after(0, () => {
      for (const check of this.#checks) check.onDecided?.(node, Number(requestId), isApplied);
    });
  }

  /** The node is gone: it answers nothing more. */
  onStopped(node: SimulatedNode): void {
    this.#schedule.after(0, () => {
      for (const [requestId, asked] of this.#asked) {
        if (asked.node === node) this.#settle(requestId, { type: 'vanished' });
      }
    });
  }

  #settle(requestId: number, outcome: ClientOutcome): void {
    const asked = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    asked?.client.onOutcome(requestId, outcome);
  }
}
