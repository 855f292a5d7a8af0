/** What a node tells of the entries that it applies, also when its trace is crowded. */
import { expect, it } from 'vitest';
import { encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import { Applier } from '../../src/server/turn/applier.ts';
import { DETAILS_PER_SAMPLE_MAX, TraceBuffer } from '../../src/server/trace/traceBuffer.ts';
import type { Entry } from '../../src/raft/index.ts';
import { SafetyChecks } from '../../src/trace/checks/index.ts';
import type { NodeTraceEvent } from '../../src/trace/events.ts';
import { TestClock } from './support.ts';

const entries: readonly Entry[] = [1, 2, 3].map((index) => ({
  index,
  term: 1,
  type: 'command',
  data: encodeKvEntry({ kind: 'register', client: 'c', request: `r${index}` }),
}));

/** What reaches the lab when a node applies the entries after so many others in the same moment. */
function told(othersBefore: number): readonly NodeTraceEvent[] {
  const sent: NodeTraceEvent[] = [];
  const trace = new TraceBuffer({
    send: (events) => sent.push(...events), sendOperations: () => undefined,
    restate: () => [{ type: 'nodeStopped' }], clock: new TestClock(),
  });
  for (let count = 0; count < othersBefore; count += 1) {
    trace.addDetail('applied', () => ({ type: 'applied', index: 0, term: 0, text: '' }));
  }
  trace.flush();
  sent.length = 0;
  const raft = { applyConfigurationChange: () => expect.unreachable('no entry changes the configuration') };
  const applier = new Applier(new KvStateMachine(), 0, raft, trace);
  applier.apply(entries, { onCommandApplied: () => undefined });
  trace.flush();
  return sent;
}

it('of entries that a crowded trace drops the last is told of in the same words as anywhere else', () => {
  const [quiet, crowded] = [told(0), told(DETAILS_PER_SAMPLE_MAX)];
  expect(quiet.map((event) => 'index' in event && event.index)).toEqual([1, 2, 3]);
  expect(crowded).toEqual(quiet.slice(-1));
  const checks = new SafetyChecks();
  const found = [quiet, crowded].flatMap((events, node) =>
    events.flatMap((event, seq) => checks.observe({ ...event, seq, node: node + 1 })));
  expect(found).toEqual([]);
});
