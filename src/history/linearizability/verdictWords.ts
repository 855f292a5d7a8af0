/** The verdict on clients' operations in sentences. */
import { describeCommand } from '../../kv/commandWords.ts';
import type { KvResult } from '../../kv/commands.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { nodeNameOf } from '../../trace/names.ts';

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
  const told = `${textOf(operation)}, and no order of the operations explains that`;
  return other === undefined || other === operation ? `${told}.` : `${told}: ${textOf(other)}.`;
}

function textOf({ client, node, command, result, index }: ClientOperation): string {
  return `${client} asked ${nodeNameOf(node)} for “${describeCommand(command)}” and got ${toldText(result)}`
    + (index === null ? '' : ` (index ${index})`);
}

function toldText(result: KvResult | null): string {
  switch (result?.type) {
    case 'value':
      return valueText(result.value);
    case 'written':
    case 'deleted':
      return `the value before: ${valueText(result.previous)}`;
    case 'compared':
      return `${result.swapped ? 'swapped' : 'not swapped'}, the value before: ${valueText(result.actual)}`;
    case 'number':
      return String(result.value);
    default:
      return 'no answer';
  }
}

function valueText(value: string | null): string {
  return value === null ? 'no value' : `“${value}”`;
}
