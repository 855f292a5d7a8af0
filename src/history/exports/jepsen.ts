/**
 * Operations as a history of invocations and returns, one JSON object a line, with the fields of Jepsen's histories:
 * process, type (invoke, ok, fail, info), f, key, value, time (nanoseconds). Porcupine and Knossos are fed with such.
 */
import type { ClientOperation } from '../../trace/operations.ts';

const NANOS_PER_MS = 1e6;

interface Step { readonly atMs: number; readonly line: string }

/** The lines, each with its end, in the order of time. */
export function* jepsenLines(operations: Iterable<ClientOperation>): Generator<string, void> {
  const steps = [...operations].flatMap(stepsOf).sort((a, b) => a.atMs - b.atMs);
  for (const { line } of steps) yield `${line}\n`;
}

function stepsOf(operation: ClientOperation): readonly Step[] {
  const { client, command, askedAtMs, answeredAtMs, outcome, result, index } = operation;
  const { op, ...given } = command;
  const common = { process: client, f: op, ...given };
  const step = (type: string, atMs: number, more: object): Step => (
    { atMs, line: JSON.stringify({ ...common, type, time: Math.round(atMs * NANOS_PER_MS), ...more }) });
  const invoked = step('invoke', askedAtMs, {});
  if (answeredAtMs === null || outcome === null) return [invoked];
  const type = outcome === 'ok' ? 'ok' : outcome === 'unknown' ? 'info' : 'fail';
  return [invoked, step(type, answeredAtMs, { result, index })];
}
