/** A member that says what it should not: the host lets go of it, and goes on with the others. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { LAN_PROTOCOL_VERSION } from '../../src/lan/channel/protocol.ts';
import { MachineKey, newPrivateKey } from '../../src/lan/identity/machineKey.ts';
import { signSession } from '../../src/lan/identity/session.ts';
import type { Session } from '../../src/lan/identity/session.ts';
import { emptyView } from '../../src/trace/fold.ts';
import { joinHost, openHost, scopeOf } from './support.ts';
import { framed, frameOf, knockRaw } from './rawPeer.ts';
import type { RawPeer } from './rawPeer.ts';

const machineKey = new MachineKey(newPrivateKey());
const hello = (peer: RawPeer, fields: object = {}) => ({
  type: 'hello', version: LAN_PROTOCOL_VERSION, isTest: false, proof: machineKey.prove(peer.socket, 'hello'),
  runId: randomUUID(), machineName: 'desk 9', role: 'member', permits: true, running: [],
  clockMs: Date.now(), ...fields,
});

/** Goes in as a machine does, up to the host's last word before the picture of its lab. */
async function goIn(port: number, key: Uint8Array): Promise<RawPeer> {
  const peer = await knockRaw(port, key);
  peer.say(hello(peer));
  const scope = scopeOf(await peer.next('welcome') as unknown as Parameters<typeof scopeOf>[0]);
  peer.say({ type: 'resume', session: null });
  const { session } = await peer.next('session') as unknown as { session: Session };
  peer.say({ type: 'sessionKept', session: signSession(machineKey, scope, session) });
  return peer;
}

const node = (message: unknown) => ({ type: 'node', id: 2, message });
const events = (...all: readonly unknown[]) => node({ type: 'events', events: all, dropped: 0 });

/** A class of two: one that behaves, and one that a test speaks for. */
async function classOfTwo() {
  const opened = await openHost();
  const { lab } = await joinHost(opened.host, opened.key);
  const peer = await goIn(opened.host.port, opened.key);
  await peer.next('attached');
  return { ...opened, lab, peer };
}

/** The host does what the one that behaves asks for. */
async function goesOn({ lab, trace, host }: Awaited<ReturnType<typeof classOfTwo>>): Promise<void> {
  await lab.execute('node:pause', { node: 'n2' });
  trace.record({ type: 'paceChanged', pace: 'slow' });
  await expect.poll(() => lab.attach().view.pace, { timeout: 90_000 }).toBe('slow');
  expect(host.machines.map(({ name }) => name)).toEqual(['teacher', 'desk 7']);
}

test.each(Object.entries({
  'more left out than can be counted': node({ type: 'events', events: [], dropped: Number.MAX_SAFE_INTEGER }),
  'less than nothing left out': node({ type: 'events', events: [], dropped: -1 }),
  'an event that is null': events(null),
  'an event of the lab': events({ type: 'labClosed', atMs: 1 }),
  'an event without fields': events({ type: 'nodeStarted', atMs: 1 }),
  'a time beyond all dates': events({ type: 'nodePaused', atMs: 1e300 }),
  'a vote of nobody': events({ type: 'voteGranted', candidate: 1e15, term: 1, preVote: false, atMs: 1 }),
  'an unknown error': node({ type: 'failed', error: { code: '__proto__', message: 'x' } }),
  'an unknown message': { type: 'shutdown' },
  'a command without a name': { type: 'command', requestId: 1, input: {} },
  'a question with a number beyond all': { type: 'bringNode', requestId: 1e300, asLearner: false },
}))('%s ends that member\'s connection alone', async (_what, message) => {
  const all = await classOfTwo();
  all.peer.say(message);
  await all.peer.closed();
  await goesOn(all);
});

test('frames are looked at before they are parsed: neither depth nor number of values has a price', async () => {
  const all = await classOfTwo();
  all.peer.write(framed(`["message",${'['.repeat(4_000_000)}`));
  await all.peer.closed();
  await goesOn(all);
});

test('who has not said who it is may say a few KB, and no more', async () => {
  const { host, key } = await openHost();
  const stranger = await knockRaw(host.port, key);
  const long = hello(stranger, { machineName: 'x'.repeat(5000) });
  stranger.write(framed(JSON.stringify(['message', long])).subarray(0, 4));
  await stranger.closed();
});

test('a frame that comes a byte at a time is taken all the same', async () => {
  const { host, key } = await openHost();
  const peer = await knockRaw(host.port, key);
  for (const byte of frameOf(['message', hello(peer)])) {
    peer.write(Buffer.from([byte]));
  }
  await peer.next('welcome');
});

test('an error of the host\'s own in what takes a message ends that connection, and is logged', async () => {
  const errors: string[] = [];
  const view = emptyView();
  let isBroken = false;
  const all = await openHost(undefined, undefined, undefined, {
    log: { info: () => undefined, warn: () => undefined, error: (message) => errors.push(message) },
    lab: {
      attach: () => {
        if (isBroken) {
          throw new Error('a bug in the view');
        }
        return { view, recentEvents: [] };
      },
    },
  });
  const peer = await goIn(all.host.port, all.key);
  await peer.next('attached');
  isBroken = true;
  peer.say({ type: 'attach' });
  await peer.closed();
  await expect.poll(() => all.host.machines.length, { timeout: 90_000 }).toBe(1);
  expect(errors.join()).toContain('desk 9');
  expect(errors.join()).toContain('a bug in the view');
});

test('an error of the host\'s own in letting a member in ends that connection, and is logged', async () => {
  const errors: string[] = [];
  const all = await openHost(undefined, undefined, undefined, {
    log: { info: () => undefined, warn: () => undefined, error: (message) => errors.push(message) },
    lab: {
      machineArrived: (machine) => {
        if (machine.identity.name === 'desk 9') {
          throw new Error('a bug in the lab');
        }
      },
    },
  });
  const { lab } = await joinHost(all.host, all.key);
  const peer = await goIn(all.host.port, all.key);
  await peer.closed();
  await goesOn({ ...all, lab, peer });
  expect(errors.join()).toContain('a bug in the lab');
});

test('an answer that is too long for a frame is told as that', async () => {
  const all = await openHost(undefined, undefined, undefined, {
    lab: { execute: () => Promise.resolve(['x'.repeat(9 * 1024 * 1024)]) },
  });
  const { lab } = await joinHost(all.host, all.key);
  const code = await lab.execute('events:page', { beforeSeq: 9, count: 9 })
    .catch((error: unknown) => (error as { code?: string }).code);
  expect(code).toBe('too-large');
});

test('events that do not fit into a frame are replaced by a view', async () => {
  const { host, trace, key } = await openHost();
  const { lab, events: heard } = await joinHost(host, key);
  // As a lab would never tell them: the text of one is longer than a frame.
  trace.record({ type: 'machineLeft', machine: 'desk 9', reason: 'x'.repeat(9 * 1024 * 1024) });
  trace.record({ type: 'paceChanged', pace: 'slow' });
  await expect.poll(() => lab.attach().view.pace, { timeout: 90_000 }).toBe('slow');
  expect(heard.map(({ type }) => type)).not.toContain('machineLeft');
});
