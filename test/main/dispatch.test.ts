// Commands from an untrusted window: whatever is sent, a Reply comes back, and only parsed input reaches a handler.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/contract/channels.ts';
import { commandSchemas } from '../../src/contract/commands.ts';
import type { CommandName } from '../../src/contract/commands.ts';
import { LabError } from '../../src/contract/errors.ts';
import { dispatch } from '../../src/main/dispatch.ts';
import type { CommandHandlers } from '../../src/main/dispatch.ts';
import { readableLog } from './support.ts';

/** Handlers that note what reaches them, and answer with it or throw what they are told to. */
function recordingHandlers(thrown?: Error) {
  const calls: { name: CommandName; input: unknown }[] = [];
  const handlers = Object.fromEntries(COMMAND_NAMES.map((name) => [name, (input: unknown) => {
    calls.push({ name, input });
    if (thrown !== undefined) throw thrown;
    return null;
  }])) as unknown as CommandHandlers;
  return { calls, handlers };
}

test('the preload’s list of names is the contract’s', () => {
  expect([...COMMAND_NAMES].sort()).toEqual(Object.keys(commandSchemas).sort());
});

test('good input reaches its handler, parsed', async () => {
  const { calls, handlers } = recordingHandlers();
  const input = { name: '  Tuesday  ', nodeCount: 3, pace: 'fast' };
  const reply = await dispatch('lab:create', input, handlers, readableLog());
  expect(reply).toEqual({ ok: true, value: null });
  expect(calls).toEqual([{ name: 'lab:create', input: { name: 'Tuesday', nodeCount: 3, pace: 'fast' } }]);
});

test('what is wrong is said with its place', async () => {
  const { calls, handlers } = recordingHandlers();
  const reply = await dispatch('node:crash', { node: 'n99' }, handlers, readableLog());
  expect(reply).toEqual({
    ok: false, error: { code: 'invalid-argument', message: 'node: not a node name (n1, n2 …)' },
  });
  expect(calls).toEqual([]);
});

test.each([
  ['an unknown name', 'lab:explode'],
  ['an inherited name', 'constructor'],
  ['no string', 7],
  ['nothing', undefined],
  ['an object that pretends', { toString: () => 'app:info' }],
])('%s is an unknown command', async (_what, name) => {
  const { calls, handlers } = recordingHandlers();
  expect(await dispatch(name, {}, handlers, readableLog())).toMatchObject({
    ok: false, error: { code: 'unknown-command' },
  });
  expect(calls).toEqual([]);
});

test('a LabError passes as it is and is not logged', async () => {
  const log = readableLog();
  const crashed = new LabError('node-crashed', 'n3 has crashed: restart it or ask another node.');
  const { handlers } = recordingHandlers(crashed);
  expect(await dispatch('node:pause', { node: 'n3' }, handlers, log)).toEqual({
    ok: false, error: { code: 'node-crashed', message: 'n3 has crashed: restart it or ask another node.' },
  });
  expect(log.lines).toEqual([]);
});

test('any other error becomes a reference, and the log keeps the rest', async () => {
  const thrown = new Error("ENOENT: no such file or directory, open '/home/ada/secret'");
  const log = readableLog();
  const { handlers } = recordingHandlers(thrown);
  const reply = await dispatch('lab:list', {}, handlers, log);
  expect(JSON.stringify(reply)).not.toContain('ada');
  const reference = /under ([0-9a-f]{8})\.$/.exec(reply.ok ? '' : reply.error.message)?.[1];
  expect(reference).toBeDefined();
  expect(log.lines).toEqual([{ level: 'error', message: `lab:list failed (${reference ?? ''})`, detail: thrown }]);
});

describe.each(COMMAND_NAMES)('%s', (name) => {
  test('answers any input with a Reply, and refuses without calling its handler', async () => {
    await fc.assert(fc.asyncProperty(anyInput(name), async (input) => {
      const { calls, handlers } = recordingHandlers();
      const log = readableLog();
      const reply = await dispatch(name, input, handlers, log);
      expect(typeof reply.ok).toBe('boolean');
      expect(log.lines).toEqual([]);
      if (reply.ok) {
        expect(calls).toHaveLength(1);
        return;
      }
      expect(calls).toEqual([]);
      expect(reply.error.code).toBe('invalid-argument');
      expect(reply.error.message.length).toBeGreaterThan(0);
      expect(reply.error.message.length).toBeLessThanOrEqual(300);
    }), { numRuns: 200 });
  });
});

/** Anything that IPC can carry, and objects with this command's own keys and anything in them. */
function anyInput(name: CommandName): fc.Arbitrary<unknown> {
  const anything = fc.anything({
    withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true,
  });
  const keys = Object.keys(commandSchemas[name].shape);
  const plausible = fc.oneof(
    anything,
    fc.constantFrom<unknown>('n1', 'n2', 1, 0, 10, true, 'fast', [['n1'], ['n2']], { op: 'get', key: 'a' }),
  );
  return fc.oneof(anything, fc.record(Object.fromEntries(keys.map((key) => [key, plausible])), { requiredKeys: [] }));
}
