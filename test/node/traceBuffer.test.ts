/** A node's trace under load: what tells least is dropped first, and everything dropped is counted. */
import { expect, test } from 'vitest';
import { TraceBuffer } from '../../src/node/traceBuffer.ts';
import type { NodeTraceEvent } from '../../src/trace/events.ts';

const heartbeat = (count: number): NodeTraceEvent => ({
  type: 'messageSent', messageId: `1.1.${count}`, to: 2, message: { type: 'Heartbeat', term: 1 }, bytes: 50, atMs: 0,
});
const applied = (index: number): NodeTraceEvent => ({ type: 'applied', index, term: 1, text: '', atMs: 0 });
const termChanged = (term: number): NodeTraceEvent => ({ type: 'termChanged', term, previousTerm: term - 1, atMs: 0 });

interface Batch {
  readonly events: readonly NodeTraceEvent[];
  readonly dropped: number;
}

function setUp(): { readonly buffer: TraceBuffer; readonly batches: readonly Batch[] } {
  const batches: Batch[] = [];
  return { buffer: new TraceBuffer((events, dropped) => batches.push({ events, dropped })), batches };
}

test('a batch holds what came, in order, and an empty one is not sent', () => {
  const { buffer, batches } = setUp();
  buffer.add(termChanged(1));
  buffer.add(applied(1));
  buffer.flush();
  buffer.flush();
  expect(batches).toEqual([{ events: [termChanged(1), applied(1)], dropped: 0 }]);
});

test('heartbeats go first, then other details; a change of term stays', () => {
  const { buffer, batches } = setUp();
  for (let count = 1; count <= 700; count += 1) {
    buffer.add(heartbeat(count));
  }
  for (let index = 1; index <= 700; index += 1) {
    buffer.add(applied(index));
  }
  buffer.add(termChanged(2));
  buffer.flush();
  const [batch] = batches;
  expect(batch?.events.filter(({ type }) => type === 'messageSent')).toHaveLength(500);
  expect(batch?.events).toContainEqual(termChanged(2));
  // The newest one closes the batch, so that the view does not stay behind.
  expect(batch?.events.at(-1)).toEqual(applied(700));
  expect((batch?.events.length ?? 0) + (batch?.dropped ?? 0)).toBe(700 + 700 + 1);
});

test('even what matters most has a bound', () => {
  const { buffer, batches } = setUp();
  for (let term = 1; term <= 10_000; term += 1) {
    buffer.add(termChanged(term));
  }
  buffer.flush();
  expect(batches[0]?.events).toHaveLength(4000);
  expect(batches[0]?.dropped).toBe(6000);
});
