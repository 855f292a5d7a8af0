/** The verdict on clients' operations in sentences. */
import type { ClientOperation } from '../../trace/operations.ts';
import { operationText } from '../operationText.ts';

export function provedWords(searched: number): string {
  return searched === 0
    ? 'Every answer fits the order that the log gives, and that order fits the times.'
    : 'Another order than that of the log was searched for, and it fits all answers and times.';
}

/** @param why a clause without a full stop */
export function unknownWords(why: string): string {
  return `Not known: ${why}.`;
}

/** @param other an operation that contradicts it */
export function violatedWords(operation: ClientOperation, other: ClientOperation | undefined): string {
  const told = `${operationText(operation)}, and no order of the operations explains that`;
  return other === undefined || other === operation ? `${told}.` : `${told}: ${operationText(other)}.`;
}
