/** A client's operation in words. */
import { describeCommand } from '../kv/commandWords.ts';
import type { KvResult } from '../kv/commands.ts';
import { nodeNameOf } from '../trace/names.ts';
import type { ClientOperation } from '../trace/operations.ts';

/** An operation in one clause, with its answer: `ada asked n1 for “get x” and got “1” (index 2)`. */
export function operationText({ client, node, command, result, index }: ClientOperation): string {
  return `${client} asked ${nodeNameOf(node)} for “${describeCommand(command)}” and got ${toldText(result)}`
    + (index === null ? '' : ` (index ${index})`);
}

/** What it was asked to do, in the console's words. */
export function commandOf({ command }: ClientOperation): string {
  return describeCommand(command);
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
