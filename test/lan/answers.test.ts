/** What a member's machine may answer to the host: what its nodes say is let through, anything else is not. */
import { expect, test } from 'vitest';
import type { KvAnswer, ReadKind } from '../../src/contract/answers.ts';
import type { KvCommand } from '../../src/kv/commands.ts';
import { attachAnswerSchema, diskPageSchema } from '../../src/contract/answerSchemas.ts';
import { nodeToLabSchema } from '../../src/lan/channel/nodeMessageSchema.ts';
import { traceEventSchema } from '../../src/trace/eventSchema.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { startLab } from '../lab/support.ts';

/** As the channel brings it: what is undefined is left out. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const passes = (message: unknown): boolean => nodeToLabSchema.safeParse(message).success;

test('what a real lab answers passes as it is', async () => {
  const lab = await startLab(1);
  const events: TraceEvent[] = [];
  lab.service.subscribe((more) => events.push(...more));
  await lab.leaderOf();
  const { service } = lab;
  const ask = (command: KvCommand, read?: ReadKind): Promise<KvAnswer> =>
    service.execute('kv:execute', { node: 'n1', command, ...(read === undefined ? {} : { read }) });
  const answers = [
    await ask({ op: 'put', key: 'a', value: '1' }),
    await ask({ op: 'put', key: 'a', value: '2' }),
    await ask({ op: 'get', key: 'a' }),
    await ask({ op: 'get', key: 'a' }, 'stale'),
    await ask({ op: 'get', key: 'b' }, 'log'),
    await ask({ op: 'list', prefix: '', limit: 10 }),
    await ask({ op: 'cas', key: 'a', expected: '1', value: '3' }),
    await ask({ op: 'incr', key: 'a', by: 1 }),
    await ask({ op: 'incr', key: 'long', by: 1 }),
    await ask({ op: 'delete', key: 'a' }),
  ];
  for (const answer of answers) {
    const message = { type: 'kvAnswer', requestId: 1, answer };
    expect(nodeToLabSchema.parse(message)).toEqual(message);
  }
  const page = await service.execute('node:kv', { node: 'n1', prefix: '', limit: 10 });
  expect(nodeToLabSchema.parse({ type: 'kvPage', requestId: 2, page })).toEqual({ type: 'kvPage', requestId: 2, page });
  const sessions = await service.execute('node:sessions', { node: 'n1', limit: 10 });
  expect(passes({ type: 'sessions', requestId: 3, page: sessions })).toBe(true);
  const disk = await service.execute('node:disk', { node: 'n1', fromIndex: undefined, count: 10 });
  expect(diskPageSchema.parse(disk)).toEqual(disk);
  await service.execute('node:compact', { node: 'n1' });
  await service.execute('lab:setPace', { pace: 'fast' });
  await service.execute('cluster:add', { asLearner: true });
  const faults = { ...NO_FAULTS, lossPercent: 20 };
  await service.execute('link:set', { from: 'n1', to: 'n2', bothWays: true, faults });
  await service.execute('network:reset', {});
  await service.execute('node:crash', { node: 'n2' });
  await service.execute('node:restart', { node: 'n2' });
  for (const event of events) {
    const asItArrives = throughJson(event);
    expect(traceEventSchema.parse(asItArrives)).toEqual(asItArrives);
  }
  const attached = throughJson(await service.execute('lab:attach', {}));
  expect(attachAnswerSchema.parse(attached)).toEqual(attached);
});

test('what is of another shape does not pass', () => {
  const transfer = { type: 'leadershipTransferred', requestId: 1, answer: { leader: 'n1', term: 2, totalMs: 3 } };
  expect(passes(transfer)).toBe(true);
  for (const answer of [{}, { ...transfer.answer, leader: '<b>' }, { ...transfer.answer, term: -1 },
    { ...transfer.answer, more: 1 }]) {
    expect(passes({ ...transfer, answer }), JSON.stringify(answer)).toBe(false);
  }
  expect(passes({ type: 'kvAnswer', requestId: 1, answer: { result: { type: 'value' } } })).toBe(false);
  expect(passes({ type: 'kvPage', requestId: 1, page: { entries: [{ key: 1 }] } })).toBe(false);
  expect(passes({ type: 'done', requestId: 1, more: 1 })).toBe(false);
  expect(diskPageSchema.safeParse({ rows: [] }).success).toBe(false);
});
