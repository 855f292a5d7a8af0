/**
 * What a client without an answer is told is true, then and later: a command that is in no log never gets into one, and
 * what the trace says afterwards about a command of unknown outcome is what became of it (docs/decisions/0083).
 */
import type { LabErrorData } from '../../contract/errors.ts';
import { isReadCommand } from '../../kv/index.ts';
import type { Entry } from '../../raft/index.ts';
import type { KvRequest } from '../../server/protocol.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';
import { isUnique, nameOf, type ReferenceMachine } from './referenceMachine.ts';

const PROPERTY: Property = {
  name: 'Refusals are true',
  section: 'docs/decisions/0083',
  statement: 'a command that a client is told never to take effect never does',
};

/** What was said of a command. */
interface Told {
  readonly by: number;
  /** `unlogged`: it is in no log and never will be; `ineffective`: wherever it stands, it has no effect. */
  readonly is: 'unlogged' | 'ineffective';
}

export class RefusalsAreTrue implements Check {
  readonly #reference: ReferenceMachine;
  /** Of commands that come once only: others could be mistaken for them. */
  readonly #asked = new Map<number, KvRequest>();
  readonly #told = new Map<string, Told>();

  constructor(reference: ReferenceMachine) {
    this.#reference = reference;
  }

  onAsked(requestId: number, request: KvRequest): void {
    if (isUnique(request.command)) {
      this.#asked.set(requestId, request);
    }
  }

  onAnswered(_server: ObservedServer, requestId: number): void {
    this.#asked.delete(requestId);
  }

  onRefused({ id }: ObservedServer, requestId: number, { code }: LabErrorData): void {
    const request = this.#asked.get(requestId);
    if (request !== undefined && code !== 'unknown-outcome') {
      this.#asked.delete(requestId);
      this.#tell(request, { by: id, is: 'unlogged' });
    }
  }

  onDecided({ id }: ObservedServer, requestId: number, isApplied: boolean): void {
    const request = this.#asked.get(requestId);
    if (request === undefined) {
      return;
    }
    this.#asked.delete(requestId);
    if (!isApplied) {
      this.#tell(request, { by: id, is: 'ineffective' });
    } else if (this.#occurrencesOf(request).effects.length === 0) {
      throw new SafetyViolation(
        PROPERTY, [id], `${id} tells that ${nameOf(request.client, request.command)} was applied, and it was not`,
      );
    }
  }

  onApply(_server: ObservedServer, { index }: Entry): void {
    const entry = this.#told.size === 0 ? undefined : this.#reference.at(index)?.command?.entry;
    if (entry?.kind === 'request' && !isReadCommand(entry.command)) {
      const told = this.#told.get(nameOf(entry.client, entry.command));
      if (told !== undefined) this.#require(entry, told);
    }
  }

  #tell(request: KvRequest, told: Told): void {
    this.#told.set(nameOf(request.client, request.command), told);
    this.#require(request, told);
  }

  #require(request: Pick<KvRequest, 'client' | 'command'>, { by, is }: Told): void {
    const { entries, effects } = this.#occurrencesOf(request);
    const [index] = is === 'unlogged' ? entries : effects;
    if (index !== undefined) {
      throw new SafetyViolation(
        PROPERTY, [by],
        `${by} told that ${nameOf(request.client, request.command)} never takes effect, and it is entry ${index}`,
      );
    }
  }

  #occurrencesOf({ client, command }: Pick<KvRequest, 'client' | 'command'>) {
    return this.#reference.occurrencesOf(client, command);
  }
}
