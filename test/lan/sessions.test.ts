/** Sessions of machines under attack and without room on the disk: no identity is lost, and nobody is out for it. */
import { copyFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { GuestSession } from '../../src/lan/host/guestSession.ts';
import { MachineKey, newPrivateKey } from '../../src/lan/identity/machineKey.ts';
import type { MachineMemory } from '../../src/lan/identity/memory.ts';
import { nextSession, signSession } from '../../src/lan/identity/session.ts';
import type { Session, SignedSession } from '../../src/lan/identity/session.ts';
import { GUESTS_OF_LAB_MAX, LanFileKeeper } from '../../src/lan/lanFile.ts';
import { guestSessions } from '../../src/lan/lanMemory.ts';
import { emptyView } from '../../src/trace/fold.ts';
import { temporaryFolder } from '../node/support.ts';
import { joinHost, joinLab, memoryIn, openHost } from './support.ts';
import { openRawHost, welcomeAt } from './rawPeer.ts';
import type { RawPeer } from './rawPeer.ts';

const LIMIT = { timeout: 90_000 };
const refusalOf = (promise: Promise<unknown>): Promise<string> => promise.then(
  () => 'done', (error: unknown) => (error instanceof LabError ? error.message : String(error)),
);
const idOf = async (memory: MachineMemory): Promise<string> => (await memory.key()).machineId;
const session = (count: number, digit: string): Session => ({ count, nonce: digit.repeat(32) });
const full = (): Promise<never> => Promise.reject(new LabError('disk-error', 'lan.json cannot be saved: no room'));

/** A machine joins a host that a test plays from its welcome on. */
async function joinRaw(memory: MachineMemory, play: (peer: RawPeer) => Promise<void>): Promise<string> {
  const host = await openRawHost();
  const first = host.nextPeer();
  const refusal = refusalOf(joinLab(host.port, host.key, { memory }));
  const peer = await first;
  await peer.next('hello');
  peer.say(welcomeAt(peer.socket));
  await peer.next('resume');
  await play(peer);
  return refusal;
}

test.each([
  ['one and the next', session(1, 'a'), session(2, 'b')],
  ['one far ahead, then an older one', session(1000, 'a'), session(1, 'b')],
  ['two of one count', session(1, 'a'), session(1, 'c')],
])('a host that hands over %s and shows the first takes nobody\'s identity away', async (_what, one, other) => {
  const memory = memoryIn(temporaryFolder());
  const before = await idOf(memory);
  await joinRaw(memory, async (peer) => {
    peer.say({ type: 'session', session: one });
    const kept = await peer.next('sessionKept').catch(() => undefined);
    peer.say({ type: 'session', session: other });
    if (kept !== undefined) {
      peer.say({ type: 'copied', shown: kept['session'] });
    }
    peer.end();
  });
  expect(await idOf(memory)).toBe(before);
});

test('a false host that says the lab\'s id changes nothing between a machine and the lab\'s host', async () => {
  const memory = memoryIn(temporaryFolder());
  const real = await openHost();
  await (await joinHost(real.host, real.key, { memory })).lab.close();
  await expect.poll(() => real.host.machines.length, LIMIT).toBe(1);
  const before = await idOf(memory);
  await joinRaw(memory, async (peer) => {
    peer.say({ type: 'session', session: session(1, 'b') });
    await peer.next('sessionKept');
    peer.end();
  });
  await joinHost(real.host, real.key, { memory });
  expect(await idOf(memory)).toBe(before);
});

test.each(['proven on another connection', 'the machine\'s own, sent back'])(
  'a host whose proof is %s is refused', async (what) => {
    const memory = memoryIn(temporaryFolder());
    const before = await idOf(memory);
    const host = await openRawHost();
    const first = host.nextPeer();
    const refusal = refusalOf(joinLab(host.port, host.key, { memory }));
    const peer = await first;
    const { proof } = await peer.next('hello');
    const signature = new MachineKey(newPrivateKey()).sign('welcome', 'another connection');
    peer.say({
      ...welcomeAt(peer.socket),
      proof: what.startsWith('proven') ? { ...welcomeAt(peer.socket).proof, signature } : proof,
    });
    expect(await refusal).toContain('could not prove who it is');
    expect(await idOf(memory)).toBe(before);
  },
);

test('a machine that joins its own open lab is told so, and stays who it is', async () => {
  const { host, key, folder } = await openHost();
  const memory = memoryIn(folder);
  const before = await idOf(memory);
  expect(await refusalOf(joinHost(host, key, { memory, isHosting: () => true })))
    .toContain('this is the lab that is open here');
  expect(await idOf(memory)).toBe(before);
});

test('whoever joins a lab does not make its host forget the sessions of machines that have nodes there', async () => {
  const file = new LanFileKeeper(join(temporaryFolder(), 'lan.json'));
  const [hostId, withNodes, other] = [randomUUID(), randomUUID(), randomUUID()];
  const signed = (): SignedSession => ({ ...session(1, 'a'), signature: 'A'.repeat(86) });
  const ofLab = guestSessions(file, { labId: 'lab-a', hostId }, (machineId) => machineId === withNodes);
  const ofOther = guestSessions(file, { labId: 'lab-b', hostId }, () => false);
  await ofLab.keep(withNodes, signed());
  await ofOther.keep(other, signed());
  await file.change((kept) => ({
    ...kept,
    guests: [...kept.guests, ...Array.from({ length: GUESTS_OF_LAB_MAX + 5 }, () => (
      { ...signed(), labId: 'lab-a', hostId, machineId: randomUUID() }
    ))],
  }));
  await ofLab.keep(randomUUID(), signed());
  expect((await file.read()).guests.filter(({ labId }) => labId === 'lab-a')).toHaveLength(GUESTS_OF_LAB_MAX);
  expect(await ofLab.of(withNodes)).toBeDefined();
  expect(await ofOther.of(other)).toBeDefined();
});

test('a session that the host could not save is saved at the next renewal, and the next one follows', async () => {
  const key = new MachineKey(newPrivateKey());
  const scope = { labId: 'lab-a', hostId: randomUUID() };
  const kept: SignedSession[] = [];
  let hasRoom = false;
  const own: { present: Session | null } = { present: null };
  const guest: GuestSession = new GuestSession({
    scope, machineId: key.machineId, publicKey: key.publicKey,
    sessions: {
      of: () => Promise.resolve(undefined),
      keep: (_machineId, signed) => (hasRoom ? Promise.resolve(void kept.push(signed)) : full()),
    },
    send: (offered) => {
      expect(offered.count).toBe((own.present?.count ?? 0) + 1);
      own.present = offered;
      queueMicrotask(() => expect(guest.take(signSession(key, scope, offered))).toBe(true));
    },
  });
  await expect(guest.renew()).rejects.toThrow('no room');
  hasRoom = true;
  expect(await guest.renew()).toBe(true);
  expect(kept.map(({ count }) => count)).toEqual([1, 2]);
});

test('a host that cannot save a machine\'s session says so, and logs why', async () => {
  const errors: string[] = [];
  const folder = temporaryFolder();
  const { host, key } = await openHost(randomBytes(32), 'lab-a', folder, {
    log: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
    sessions: { of: () => Promise.resolve(undefined), keep: full },
  });
  expect(await refusalOf(joinHost(host, key))).toContain('could not keep this machine\'s session');
  expect(errors.join()).toContain('no room');
});

test('a member that cannot save a session stays in, with the old one, and saves it at the next renewal', async () => {
  const memory = memoryIn(temporaryFolder());
  let hasRoom = true;
  const errors: string[] = [];
  const host = await openRawHost();
  const first = host.nextPeer();
  const joining = joinLab(host.port, host.key, {
    memory: {
      ...memory, keepSession: (scope, next) => (hasRoom ? memory.keepSession(scope, next) : full()),
    },
    log: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
  });
  const peer = await first;
  await peer.next('hello');
  peer.say(welcomeAt(peer.socket), { type: 'session', session: session(1, 'a') });
  await peer.next('sessionKept');
  peer.say({ type: 'attached', answer: { view: emptyView(), recentEvents: [] } }, { type: 'machines', machines: [] });
  const { lab } = await joining;
  hasRoom = false;
  const next = nextSession(session(1, 'a'));
  peer.say({ type: 'session', session: next });
  await expect.poll(() => errors.join(), LIMIT).toContain('no room');
  expect(lab.status).toMatchObject({ isConnected: true });
  hasRoom = true;
  peer.say({ type: 'session', session: next });
  expect(await peer.next('sessionKept')).toMatchObject({ session: next });
});

test('of cloned machines that come at once one is in, and the others are told that they are copies', async () => {
  const { host, key } = await openHost();
  const folder = temporaryFolder();
  await new LanFileKeeper(join(folder, 'lan.json')).change((file) => file);
  const outcomes = await Promise.all(Array.from({ length: 5 }, async () => {
    const clone = temporaryFolder();
    copyFileSync(join(folder, 'lan.json'), join(clone, 'lan.json'));
    return refusalOf(joinHost(host, key, { memory: memoryIn(clone) }));
  }));
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.includes('is a copy of another machine'))).toHaveLength(4);
});
