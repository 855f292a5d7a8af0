/**
 * A client is told what the log says (dissertation §6.3): the entry at the answer's index is its own command, and the
 * result is what a state machine gives that applies the log once, in order. A read at an index shows what the log up to
 * there makes of its key.
 */
import type { KvAnswer } from '../../contract/answers.ts';
import { isReadCommand } from '../../kv/index.ts';
import type { KvCommand, KvResult, ReadCommand } from '../../kv/index.ts';
import type { KvRequest } from '../../server/protocol.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';
import { nameOf, type ReferenceMachine } from './referenceMachine.ts';

const PROPERTY: Property = {
  name: 'Answers match the log',
  section: 'dissertation §6.3',
  statement: 'a client is told the result of its own command, as the log gives it',
};

export class AnswersMatchTheLog implements Check {
  readonly #reference: ReferenceMachine;
  readonly #asked = new Map<number, KvRequest>();

  constructor(reference: ReferenceMachine) {
    this.#reference = reference;
  }

  onAsked(requestId: number, request: KvRequest): void {
    this.#asked.set(requestId, request);
  }

  onAnswered(server: ObservedServer, requestId: number, answer: KvAnswer): void {
    const request = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    if (request === undefined) {
      throw new SafetyViolation(PROPERTY, [server.id], `${server.id} answers request ${requestId} a second time`);
    }
    const { command, read = 'read-index' } = request;
    if (isReadCommand(command) && read !== 'log') {
      this.#requireValue(server, command, answer);
    } else {
      this.#requireEntry(server, request, answer);
    }
  }

  onRefused(server: ObservedServer, requestId: number): void {
    if (!this.#asked.delete(requestId)) {
      throw new SafetyViolation(PROPERTY, [server.id], `${server.id} answers request ${requestId} a second time`);
    }
  }

  #requireEntry({ id }: ObservedServer, { client, command }: KvRequest, { index, term, result }: KvAnswer): void {
    const committed = this.#reference.at(index);
    const entry = committed?.command?.entry;
    const isItsOwn = committed?.term === term && entry?.kind === 'request' && entry.client === client
      && isSame(entry.command, command);
    if (!isItsOwn) {
      throw new SafetyViolation(
        PROPERTY, [id],
        `${id} answers ${nameOf(client, command)} with entry ${index} of term ${term}, which is ${wordsOf(entry)} `
          + `of term ${committed?.term ?? 'none'}`,
      );
    }
    this.#requireResult(id, `${nameOf(client, command)} (entry ${index})`, result, committed.command?.result);
  }

  #requireValue({ id }: ObservedServer, command: ReadCommand, { index, result }: KvAnswer): void {
    if (index > this.#reference.lastIndex) {
      throw new SafetyViolation(
        PROPERTY, [id], `${id} reads at index ${index}, but nobody has applied more than ${this.#reference.lastIndex}`,
      );
    }
    if (command.op === 'get') {
      const expected: KvResult = { type: 'value', value: this.#reference.valueAt(command.key, index) };
      this.#requireResult(id, `get ${command.key} at index ${index}`, result, expected);
    }
  }

  #requireResult(id: number, what: string, result: KvResult, expected: KvResult | undefined): void {
    if (expected === undefined || !isSame(result, expected)) {
      throw new SafetyViolation(
        PROPERTY, [id],
        `${id} answers ${what} with ${JSON.stringify(result)}; the log gives ${JSON.stringify(expected)}`,
      );
    }
  }
}

function wordsOf(entry: unknown): string {
  return entry === undefined ? 'no command' : JSON.stringify(entry);
}

/** Whether two results or commands say the same; a result that was in a snapshot has its fields in another order. */
function isSame(a: KvResult | KvCommand, b: KvResult | KvCommand): boolean {
  const others = new Map<string, unknown>(Object.entries(b));
  const fields = Object.entries(a);
  return fields.length === others.size && fields.every(([name, value]) => (
    value === others.get(name) || JSON.stringify(value) === JSON.stringify(others.get(name))));
}
