/**
 * However often a command is proposed, it takes effect once (dissertation §6.3: sessions "filter out duplicate
 * requests"). A client notices only where it reads what its command did twice.
 */
import type { Entry } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';
import { isUnique, nameOf, type ReferenceMachine } from './referenceMachine.ts';

const PROPERTY: Property = {
  name: 'Commands take effect once',
  section: 'dissertation §6.3',
  statement: 'however often a command is in the log, it takes effect once',
};

export class CommandsTakeEffectOnce implements Check {
  readonly #reference: ReferenceMachine;

  constructor(reference: ReferenceMachine) {
    this.#reference = reference;
  }

  onApply({ id }: ObservedServer, { index }: Entry): void {
    const entry = this.#reference.at(index)?.command?.entry;
    if (entry?.kind !== 'request' || !isUnique(entry.command)) {
      return;
    }
    const { effects } = this.#reference.occurrencesOf(entry.client, entry.command);
    if (effects.length > 1) {
      throw new SafetyViolation(
        PROPERTY, [id],
        `${nameOf(entry.client, entry.command)} takes effect at each of the indexes ${effects.join(', ')}`,
      );
    }
  }
}
