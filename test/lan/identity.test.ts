/** Who a machine is on the LAN: proven at each hello, and never two machines at once. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { MachineKey, newPrivateKey } from '../../src/lan/identity/machineKey.ts';
import type { MachineMemory } from '../../src/lan/identity/memory.ts';
import { isOfCopy, mayFollow, nextSession, provesCopy, signSession } from '../../src/lan/identity/session.ts';
import type { Session } from '../../src/lan/identity/session.ts';
import { LanFileKeeper } from '../../src/lan/lanFile.ts';
import { knock } from '../../src/lan/channel/tls.ts';
import { temporaryFolder } from '../node/support.ts';
import { joinHost, memoryIn, openHost, sayHello } from './support.ts';

const LIMIT = { timeout: 90_000 };
const refusalOf = (promise: Promise<unknown>): Promise<string> => promise.then(
  () => 'done', (error: unknown) => (error instanceof LabError ? error.message : String(error)),
);
const idOf = async (memory: MachineMemory): Promise<string> => (await memory.key()).machineId;

/** A machine's data folder as a disk image of its PC has it. */
function copyOf(folder: string): string {
  const copy = temporaryFolder();
  copyFileSync(join(folder, 'lan.json'), join(copy, 'lan.json'));
  return copy;
}

test('an id follows from the key: a UUID, as lab.json keeps it, and the same after a restart', async () => {
  const folder = temporaryFolder();
  const first = new LanFileKeeper(join(folder, 'lan.json'));
  const { privateKey } = await first.change((file) => ({ ...file, machineName: 'desk 7' }));
  const { machineId } = new MachineKey(privateKey);
  expect(machineId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await idOf(memoryIn(folder))).toBe(machineId);
  expect(new MachineKey(newPrivateKey()).machineId).not.toBe(machineId);
});

test('a lan.json of version 1 is taken over, with a key in place of its id', async () => {
  const folder = temporaryFolder();
  const former = {
    version: 1, machineId: randomUUID(), machineName: 'desk 7', permits: true,
    hosted: [{ labId: 'lab-a', code: '7KQ2M-4XD9T-PAVJS', port: 47_317 }],
  };
  writeFileSync(join(folder, 'lan.json'), JSON.stringify(former));
  const file = await new LanFileKeeper(join(folder, 'lan.json')).change((present) => present);
  expect(file).toMatchObject({ version: 2, machineName: 'desk 7', permits: true, hosted: former.hosted });
  expect(await new LanFileKeeper(join(folder, 'lan.json')).read()).toEqual(file);
});

test('whoever has another machine\'s public key, or a proof of another connection, is nobody', async () => {
  const { host, key } = await openHost();
  const { lab } = await joinHost(host, key);
  const machines = host.machines.length;
  const victim = new MachineKey(newPrivateKey());
  const other = await knock('127.0.0.1', host.port, key);
  const proofs = [
    { ...new MachineKey(newPrivateKey()).prove(other, 'hello'), publicKey: victim.publicKey },
    victim.prove(other, 'hello'),
    { publicKey: victim.publicKey, signature: 'A'.repeat(86) },
    { publicKey: 'A'.repeat(43), signature: 'A'.repeat(86) },
  ];
  for (const proof of proofs) {
    const guest = await sayHello(host.port, key, { proof });
    await guest.ended;
    expect(guest.heard).toMatchObject([{ type: 'refused' }]);
  }
  other.destroy();
  expect(host.machines).toHaveLength(machines);
  expect(lab.status).toMatchObject({ isConnected: true });
});

test('what is said before or instead of a hello, a session that is not signed, or another one, ends the connection',
  async () => {
    const { host, key, hostId } = await openHost();
    const scope = { labId: 'lab-a', hostId };
    const early = await sayHello(host.port, key, {}, (message, { channel }) => {
      if (message.type === 'welcome') channel.send({ type: 'attach' });
    });
    await early.ended;
    const forged = await sayHello(host.port, key, {}, (message, { channel }) => {
      if (message.type === 'welcome') channel.send({ type: 'resume', session: null });
      const stranger = new MachineKey(newPrivateKey());
      if (message.type === 'session') {
        channel.send({ type: 'sessionKept', session: signSession(stranger, scope, message.session) });
      }
    });
    await forged.ended;
    const other = await sayHello(host.port, key, {}, (message, { channel, key: own }) => {
      if (message.type === 'welcome') channel.send({ type: 'resume', session: null });
      if (message.type === 'session') {
        const session = { ...message.session, count: message.session.count + 1 };
        channel.send({ type: 'sessionKept', session: signSession(own, scope, session) });
      }
    });
    await other.ended;
    expect(host.machines).toHaveLength(1);
    expect([...early.heard, ...forged.heard, ...other.heard].map(({ type }) => type)).not.toContain('attached');
  });

test('of a machine and its copy that are in at once the copy is told, and becomes another machine', async () => {
  const { host, key, went } = await openHost();
  const folder = temporaryFolder();
  const { lab } = await joinHost(host, key, { memory: memoryIn(folder) });
  const machineId = await idOf(memoryIn(folder));
  const copy = memoryIn(copyOf(folder));
  expect(await refusalOf(joinHost(host, key, { memory: copy }))).toContain('is a copy of another machine');
  expect(lab.status).toMatchObject({ isConnected: true, machineId });
  expect(went).toEqual([]);
  expect(await idOf(copy)).not.toBe(machineId);
  await joinHost(host, key, { memory: copy });
  expect(host.machines).toHaveLength(3);
  expect(lab.status).toMatchObject({ isConnected: true });
});

test('of a machine and its copy that are never in at once the one that comes later is told', async () => {
  const { host, key, folder: hostFolder } = await openHost();
  const folder = temporaryFolder();
  const first = await joinHost(host, key, { memory: memoryIn(folder) });
  await first.lab.close();
  await expect.poll(() => host.machines.length, LIMIT).toBe(1);
  const image = copyOf(folder);
  const again = await joinHost(host, key, { memory: memoryIn(folder) });
  await again.lab.close();
  await expect.poll(() => host.machines.length, LIMIT).toBe(1);
  // The host's memory outlives its own end.
  host.close();
  const later = (await openHost(key, 'lab-a', hostFolder)).host;
  const copy = memoryIn(image);
  const before = await idOf(copy);
  expect(await refusalOf(joinHost(later, key, { memory: copy }))).toContain('is a copy of another machine');
  expect(await idOf(copy)).not.toBe(before);
  // And the machine itself still is who it was.
  const { lab } = await joinHost(later, key, { memory: memoryIn(folder) });
  expect(lab.status).toMatchObject({ isConnected: true, machineId: before });
});

test('a machine that starts anew takes the place of its former connection once that has ended', async () => {
  const { host, key, went, hostId } = await openHost();
  const folder = temporaryFolder();
  const file = await new LanFileKeeper(join(folder, 'lan.json')).change((kept) => kept);
  const own = new MachineKey(file.privateKey);
  const sessions: Session[] = [];
  let hasMore: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    hasMore = resolve;
  });
  const former = await sayHello(host.port, key, {}, (message, { channel }) => {
    if (message.type === 'welcome') channel.send({ type: 'resume', session: null });
    if (message.type !== 'session') return;
    sessions.push(message.session);
    if (sessions.length === 1) {
      channel.send({ type: 'sessionKept', session: signSession(own, { labId: 'lab-a', hostId }, message.session) });
    } else {
      hasMore(); // it is asked whether it is there, and says nothing: its program was killed
    }
  }, { key: own });
  await expect.poll(() => host.machines.length, LIMIT).toBe(2);
  await new LanFileKeeper(join(folder, 'lan.json')).change((kept) => ({
    ...kept, joined: sessions.map((session) => ({ labId: 'lab-a', hostId, ...session })),
  }));
  const restarted = joinHost(host, key, { memory: memoryIn(folder) });
  await asked;
  expect(went).toEqual([]);
  former.channel.abort();
  expect((await restarted).lab.status).toMatchObject({ isConnected: true, machineId: own.machineId });
  expect(went).toEqual([own.machineId]);
});

test('a copy of the host\'s own folder is told, too', async () => {
  const { host, key, folder } = await openHost();
  const copy = memoryIn(copyOf(folder));
  const before = await idOf(copy);
  expect(before).toBe(host.machines[0]?.machineId);
  expect(await refusalOf(joinHost(host, key, { memory: copy }))).toContain('is a copy of the host');
  expect(await idOf(copy)).not.toBe(before);
});

test('sessions: what a copy is, also after a crash between the two writes, and after a loss at the host', () => {
  const nonce = (digit: string): string => digit.repeat(32);
  const kept = { count: 7, nonce: nonce('a') };
  expect(isOfCopy(undefined, null)).toBe(false);
  expect(isOfCopy(undefined, kept)).toBe(false);
  expect(isOfCopy(kept, kept)).toBe(false);
  expect(isOfCopy(kept, null)).toBe(true);
  expect(isOfCopy(kept, { count: 6, nonce: nonce('a') })).toBe(true);
  expect(isOfCopy(kept, { count: 7, nonce: nonce('b') })).toBe(true);
  // The host has ended before it kept what the machine confirmed: the machine is ahead of it.
  expect(isOfCopy(kept, { count: 8, nonce: nonce('c') })).toBe(false);
  expect(nextSession(kept).count).toBe(8);
  expect(nextSession(kept).nonce).not.toBe(nextSession(kept).nonce);
  expect(nextSession(undefined).count).toBe(1);
});

test('a machine keeps the session after its own, or its own again: it never goes back, and signs no two of one count',
  () => {
    const own = { count: 7, nonce: 'a'.repeat(32) };
    expect(mayFollow(null, { count: 1, nonce: 'b'.repeat(32) })).toBe(true);
    expect(mayFollow(null, { count: 1000, nonce: 'b'.repeat(32) })).toBe(false);
    expect(mayFollow(own, nextSession(own))).toBe(true);
    expect(mayFollow(own, own)).toBe(true);
    expect(mayFollow(own, { count: 7, nonce: 'b'.repeat(32) })).toBe(false);
    expect(mayFollow(own, { count: 6, nonce: 'b'.repeat(32) })).toBe(false);
    expect(mayFollow(own, { count: 9, nonce: 'b'.repeat(32) })).toBe(false);
  });

test('a host that only says that a machine is a copy makes nobody give up an identity', () => {
  const key = new MachineKey(newPrivateKey());
  const scope = { labId: 'lab-a', hostId: 'a host' };
  const own = { count: 7, nonce: 'a'.repeat(32) };
  const newer = { count: 8, nonce: 'b'.repeat(32) };
  expect(provesCopy(key.publicKey, scope, own, signSession(key, scope, newer))).toBe(true);
  expect(provesCopy(key.publicKey, scope, own, signSession(key, { ...scope, labId: 'lab-b' }, newer))).toBe(false);
  expect(provesCopy(key.publicKey, scope, own, signSession(key, { ...scope, hostId: 'another' }, newer))).toBe(false);
  const another = new MachineKey(newPrivateKey());
  expect(provesCopy(key.publicKey, scope, own, signSession(another, scope, newer))).toBe(false);
  // One that this machine has had itself.
  expect(provesCopy(key.publicKey, scope, own, signSession(key, scope, { ...own, count: 6 }))).toBe(false);
  expect(provesCopy(key.publicKey, scope, own, signSession(key, scope, own))).toBe(false);
});
