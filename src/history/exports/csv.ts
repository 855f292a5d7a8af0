/** Operations as CSV (RFC 4180): a row an operation, for a spreadsheet. */
import { nodeNameOf } from '../../trace/names.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { commandOf } from '../operationText.ts';

const COLUMNS = [
  'request', 'client', 'node', 'operation', 'read', 'asked_ms', 'answered_ms', 'took_ms', 'outcome', 'took_effect',
  'index', 'term', 'result',
] as const;

/** The lines, each with its end. */
export function* csvLines(operations: Iterable<ClientOperation>): Generator<string, void> {
  yield `${COLUMNS.join(',')}\r\n`;
  for (const one of operations) {
    const took = one.answeredAtMs === null ? null : Number((one.answeredAtMs - one.askedAtMs).toFixed(3));
    const row = [
      one.requestId, one.client, nodeNameOf(one.node), commandOf(one), one.read ?? '', one.askedAtMs, one.answeredAtMs,
      took, one.outcome, one.tookEffect, one.index, one.term, one.result === null ? null : JSON.stringify(one.result),
    ];
    yield `${row.map(cell).join(',')}\r\n`;
  }
}

function cell(value: string | number | boolean | null): string {
  const text = String(value ?? '');
  // A spreadsheet takes such a text for a formula (OWASP, "CSV injection").
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
