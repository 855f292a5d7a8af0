/** One lab at a time, whatever is asked for at once: opening, closing, hosting, joining and leaving have one queue. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import type { LanStatus } from '../../src/contract/lan.ts';
import { Channel } from '../../src/lan/channel/channel.ts';
import type { FromHost, HeardFromMachine } from '../../src/lan/channel/protocol.ts';
import { fromMachine } from '../../src/lan/channel/protocol.ts';
import { Door } from '../../src/lan/channel/tls.ts';
import { GuestNodes } from '../../src/lan/guest/guestNodes.ts';
import { createLabService } from '../../src/lan/labService.ts';
import { nodePlan } from '../../src/lab/nodes/nodePlan.ts';
import { OpenLab } from '../../src/lab/openLab.ts';
import type { LabService } from '../../src/lab/service.ts';
import { RAFTLAB_VARIANT } from '../../src/trace/variant.ts';
import { JOIN_CODE_RANDOM_BYTES, joinKeysOf, newJoinCode } from '../../src/wire/crypto.ts';
import { labErrorOf, makeLab, openService, temporaryFolder, TestLab, workerUrls } from '../lab/support.ts';
import { welcomeAt } from './rawPeer.ts';

const LOOPBACK = { address: '127.0.0.1' };

interface Logged {
  readonly service: LabService;
  readonly errors: readonly string[];
}

/** A service of a folder with two labs, A open, and what its log says of errors. */
async function twoLabs(): Promise<Logged & { readonly folder: string; readonly a: string; readonly b: string }> {
  const folder = temporaryFolder();
  const b = await makeLab(folder, 1);
  const a = await makeLab(folder, 1);
  const { service, errors } = await machine(folder, true);
  await service.execute('lab:open', { labId: a });
  return { service, errors, folder, a, b };
}

async function machine(folder = temporaryFolder(), opensOwnLab = false): Promise<Logged> {
  const errors: string[] = [];
  const quiet = (): void => undefined;
  const service = await createLabService({
    dataDirectory: folder,
    workerUrls,
    opensOwnLab,
    log: { info: quiet, warn: quiet, error: (text) => errors.push(text) },
  });
  onTestFinished(() => service.close());
  return { service, errors };
}

/** What this process holds open that a service might have left behind. */
function held(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|UDP|Worker|MessagePort/i.test(kind)).sort();
}

/** A host that lets machines in and then does as it is told. */
async function strangeHost(onHello: (channel: Channel<HeardFromMachine, FromHost>, socket: TLSSocket) => void) {
  const code = newJoinCode(randomBytes(JOIN_CODE_RANDOM_BYTES));
  const { doorKey } = await joinKeysOf(code);
  const sockets = new Set<Socket>();
  let ended = 0;
  const door = await Door.open({
    address: '127.0.0.1', port: 0, key: () => doorKey, onWrongCode: () => undefined,
    onSocket: (socket) => {
      sockets.add(socket);
      const channel = new Channel<HeardFromMachine, FromHost>(socket, {
        schema: fromMachine,
        onMessage: ({ type }) => {
          if (type === 'hello') {
            onHello(channel, socket);
          }
        },
        onEnd: () => {
          ended += 1;
        },
      });
    },
  });
  const close = (): void => door.close();
  onTestFinished(() => {
    close();
    sockets.forEach((socket) => socket.destroy());
  });
  return { joining: { ...LOOPBACK, port: door.port, code, role: 'member' } as const, ended: () => ended, close };
}

/** The labs whose codes are kept in lan.json. */
const hostedIn = (folder: string): unknown => {
  const path = join(folder, 'lan.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { hosted: unknown }).hosted : [];
};

const modeOf = async (service: LabService): Promise<LanStatus['mode']> => (
  (await service.execute('lan:status', {})).mode
);

test('a lab that is opened while another one goes to the network is not on it', async () => {
  const { service, errors, a, b } = await twoLabs();
  const opened = service.execute('lan:open', LOOPBACK);
  const other = service.execute('lab:open', { labId: b });
  const status = await opened;
  await other;
  expect(await modeOf(service)).toBe('local');
  const guest = await machine();
  if (status.mode !== 'host') {
    expect.unreachable('it was open for a moment');
  }
  const { address, port, code } = status;
  await labErrorOf(guest.service.execute('lan:join', { address, port, code, role: 'viewer' }));
  expect((await service.execute('lab:attach', {})).view.labId).toBe(b);
  expect(errors).toEqual([]);
  await service.execute('lab:open', { labId: a });
});

test('what is asked of a lab on the network is never answered by the one that is opened after it', async () => {
  const { service, a, b } = await twoLabs();
  const status = await service.execute('lan:open', LOOPBACK);
  if (status.mode !== 'host') {
    expect.unreachable('it is open');
  }
  const { address, port, code } = status;
  const guest = await machine();
  await guest.service.execute('lan:join', { address, port, code, role: 'viewer' });
  expect((await guest.service.execute('lab:attach', {})).view.labId).toBe(a);
  const changed = new Promise<unknown>((resolve) => void guest.service.onLabChanged(resolve));
  await service.execute('lab:open', { labId: b });
  await changed;
  expect((await labErrorOf(guest.service.execute('lab:attach', {}))).code).toBe('no-open-lab');
});

test('a new lab that cannot be opened is deleted again, one that somebody asked for and the first one', async () => {
  const open = vi.spyOn(OpenLab, 'open').mockImplementation(({ lock }) => {
    lock.release();
    return Promise.reject(new LabError('disk-full', 'lab.json cannot be saved: no room'));
  });
  onTestFinished(() => open.mockRestore());
  const folder = temporaryFolder();
  const { service, errors } = await machine(folder, true);
  expect((await labErrorOf(service.execute('lab:attach', {}))).code).toBe('disk-full');
  const wanted = { name: 'Room 12', nodeCount: 1, pace: 'fast' } as const;
  expect((await labErrorOf(service.execute('lab:create', wanted))).code).toBe('disk-full');
  expect(open).toHaveBeenCalledTimes(2);
  expect(await service.execute('lab:list', {})).toEqual([]);
  expect(readdirSync(join(folder, 'labs'))).toEqual([]);
  open.mockRestore();
  const [made, listed] = [await service.execute('lab:create', wanted), await service.execute('lab:list', {})];
  expect(listed.map(({ labId }) => labId)).toEqual([made.labId]);
  expect(errors).toEqual([]);
});

test('permissions that are set at once are kept and in force as the last one says', async () => {
  const folder = temporaryFolder();
  const { service } = await machine(folder);
  const wishes = [true, false, true, false, false, true, false];
  await Promise.all(wishes.map((permits) => service.execute('lan:setPermits', { permits })));
  expect(await service.execute('lan:status', {})).toMatchObject({ mode: 'local', permits: false });
  expect(JSON.parse(readFileSync(join(folder, 'lan.json'), 'utf8'))).toMatchObject({ permits: false });
});

test('permissions beside the opening of a lab to the network: both are kept', async () => {
  const { service, folder, a } = await twoLabs();
  const [status] = await Promise.all([
    service.execute('lan:open', LOOPBACK), service.execute('lan:setPermits', { permits: true }),
  ]);
  const kept = JSON.parse(readFileSync(join(folder, 'lan.json'), 'utf8')) as { hosted: { code: string }[] };
  expect(kept).toMatchObject({ permits: true, hosted: [{ labId: a }] });
  expect(status).toMatchObject({ mode: 'host', code: kept.hosted[0]?.code });
});

test('a node that cannot be bound: nothing of the lab is on the network, and it is named', async () => {
  const folder = temporaryFolder();
  await makeLab(folder, 3);
  const service = await openService(folder);
  const lab = await TestLab.follow(service, folder);
  await lab.leaderOf();
  await lab.until('n2 to run', () => lab.node('n2').life === 'running'); // two of three are enough for a leader
  // It runs, and cannot be started again.
  const lock = join(dirname(lab.node('n2').databasePath), 'raft.lock');
  rmSync(lock);
  mkdirSync(lock);
  const error = await labErrorOf(service.execute('lan:open', LOOPBACK));
  expect(error.message).toMatch(/not open to the network: n2 cannot be reached at 127\.0\.0\.1/);
  expect(await modeOf(service)).toBe('local');
  expect(hostedIn(folder)).toEqual([]);
  await lab.leaderOf(['n1', 'n3']);
  // Started at first, for the network, and back again.
  await lab.until('n1 and n3 to be back', () => lab.node('n1').boot === 3 && lab.node('n3').boot === 3);
  rmSync(lock, { recursive: true });
  expect(await service.execute('lan:open', LOOPBACK)).toMatchObject({ mode: 'host' });
  expect(lab.node('n2').life, 'what could not be bound is tried again').toBe('running');
  await lab.leaderOf();
});

test('a second Raftlab neither opens nor deletes the lab that is open in the first, nor writes in it', async () => {
  const { service, folder, a, b } = await twoLabs();
  const lab = await TestLab.follow(service, folder);
  await lab.leaderOf();
  const second = await openService(folder);
  await second.execute('lab:open', { labId: b });
  for (const command of ['lab:open', 'lab:delete'] as const) {
    expect((await labErrorOf(second.execute(command, { labId: a }))).code).toBe('lab-in-use');
    expect((await second.execute('lab:attach', {})).view.labId, 'it stays in its own').toBe(b);
  }
  await lab.put('n1', 'still', 'here');
  expect((await labErrorOf(service.execute('lab:delete', { labId: b }))).code).toBe('lab-in-use');
  await second.close();
  await service.execute('lab:delete', { labId: b });
});

test('one Raftlab of a data folder is on the network at a time, and the second one is told', async () => {
  const { joining } = await strangeHost((channel, socket) => channel.send(welcomeAt(socket)));
  const { service, folder } = await twoLabs();
  const second = await machine(folder);
  await service.execute('lan:open', LOOPBACK);
  const before = readFileSync(join(folder, 'lan.json'), 'utf8');
  const error = await labErrorOf(second.service.execute('lan:join', joining));
  expect(error).toMatchObject({
    code: 'lab-in-use', message: expect.stringContaining('is on the network already') as unknown,
  });
  expect(readFileSync(join(folder, 'lan.json'), 'utf8'), 'it keeps its key').toBe(before);
  await service.execute('lan:close', {});
  const tried = await labErrorOf(second.service.execute('lan:join', { ...joining, port: 9 }));
  expect(tried.message, 'the network is free').toContain('no lab is open at this port');
  await service.execute('lan:open', LOOPBACK); // what failed has let go of it
});

test('a machine that joins the lab that it has open itself is told so, and stays who it is', async () => {
  const { service } = await machine();
  await service.execute('lab:create', { name: 'A', nodeCount: 1, pace: 'fast' });
  const status = await service.execute('lan:open', LOOPBACK);
  if (status.mode !== 'host') {
    expect.unreachable('it is open');
  }
  const { address, port, code, machines } = status;
  const error = await labErrorOf(service.execute('lan:join', { address, port, code, role: 'member' }));
  expect(error.message).toContain('this is the lab that is open here');
  await service.execute('lan:close', {});
  const again = await service.execute('lan:open', LOOPBACK);
  expect(again).toMatchObject({ machines: [{ machineId: machines[0]?.machineId }] });
});

test('a host that is gone right after its welcome: joining ends in words, and nothing waits behind it', async () => {
  const { joining, close } = await strangeHost((channel, socket) => {
    channel.send(welcomeAt(socket));
    channel.close();
    close();
  });
  const { service } = await machine();
  const error = await labErrorOf(service.execute('lan:join', joining));
  expect(error.code).toBe('refused');
  expect(error.message, 'it is told what happened, not that time is up').not.toContain('did not send');
  expect((await labErrorOf(service.execute('lan:leave', {}))).message).toContain('has joined no lab');
});

test.each([
  ['leaving', (service: LabService) => service.execute('lan:leave', {}), 'fulfilled'],
  ['opening a lab', (service: LabService) => service.execute('lab:create', { name: 'B', nodeCount: 1, pace: 'fast' }),
    'fulfilled'],
  ['opening to the network', (service: LabService) => service.execute('lan:open', LOOPBACK), 'rejected'],
  ['closing', (service: LabService) => service.close(), 'fulfilled'],
] as const)('a host that lets a machine in and then says nothing: %s calls it off', async (_what, act, outcome) => {
  let letIn: () => void = () => undefined;
  const isIn = new Promise<void>((resolve) => {
    letIn = resolve;
  });
  const { joining, ended } = await strangeHost((channel, socket) => {
    channel.send(welcomeAt(socket));
    letIn();
  });
  const { service } = await machine();
  const joined = labErrorOf(service.execute('lan:join', joining));
  await isIn;
  const [done] = await Promise.allSettled([act(service)]);
  expect(done.status).toBe(outcome);
  expect((await joined).message).toContain('cancelled');
  await expect.poll(ended, { timeout: 90_000 }).toBe(1);
});

test('a machine that accepts and never speaks: joining is called off at once, and its socket is closed', async () => {
  let closed = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed += 1;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const code = newJoinCode(randomBytes(JOIN_CODE_RANDOM_BYTES));
  const { service } = await machine();
  const connected = new Promise((resolve) => void server.once('connection', resolve));
  const joined = labErrorOf(service.execute('lan:join', { ...LOOPBACK, port, code, role: 'member' }));
  await connected;
  await service.close();
  expect((await joined).message).toContain('cancelled');
  await expect.poll(() => closed, { timeout: 90_000 }).toBe(1);
});

test('a host that says nothing to a connection test: closing calls the test off', async () => {
  let hear: () => void = () => undefined;
  const isHeard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const { joining: { address, port, code }, ended } = await strangeHost(() => hear());
  const { service } = await machine();
  const tested = labErrorOf(service.execute('lan:test', { address, port, code }));
  await isHeard;
  await service.close();
  expect((await tested).message).toContain('cancelled');
  await expect.poll(ended, { timeout: 90_000 }).toBe(1);
});

test('joining and closing at once leaves no thread and no connection behind', async () => {
  const folder = temporaryFolder();
  await makeLab(folder, 1);
  const host = await openService(folder);
  const status = await host.execute('lan:open', LOOPBACK);
  if (status.mode !== 'host') {
    expect.unreachable('it is open');
  }
  const { address, port, code } = status;
  const desk = temporaryFolder();
  const first = await machine(desk);
  await first.service.execute('lan:join', { address, port, code, role: 'member' });
  await first.service.execute('lan:bringNode', {});
  await first.service.close();
  await expect.poll(async () => {
    const now = await host.execute('lan:status', {});
    return now.mode === 'host' && now.machines.filter(({ isConnected }) => isConnected).length;
  }, { timeout: 90_000 }).toBe(1);
  const before = held();
  // The host starts the machine's node as soon as it is in.
  for (let turn = 0; turn < 3; turn += 1) {
    const { service } = await machine(desk);
    const joined = service.execute('lan:join', { address, port, code, role: 'member' }).catch(() => undefined);
    await service.execute('lan:status', {});
    await Promise.all([service.close(), joined]);
  }
  await expect.poll(held, { timeout: 90_000 }).toEqual(before);
});

test('a node that the host asks for when the machine has left is not started', async () => {
  const folder = temporaryFolder();
  const said: unknown[] = [];
  const nodes = new GuestNodes({
    workerUrl: workerUrls.node, folder, onMessage: (...message) => said.push(message),
    onExit: (...exit) => said.push(exit), isOwnWish: () => true,
  }, true);
  const plan = nodePlan({
    labId: 'lab-a', datagramSecret: () => undefined, pace: () => 'fast', leaseReads: () => false, door: () => null,
    variant: () => RAFTLAB_VARIANT,
    initialVoters: () => [2], compaction: undefined, dataBytesMax: undefined,
    promisedMs: () => 0, faultsFrom: () => ({}), peers: () => [],
  }, { name: 'n2', id: 2, incarnation: 1, address: '127.0.0.1', preferredPort: 0, mayCreateDatabase: true });
  const before = nodes.launch(plan);
  const closed = nodes.close();
  const after = nodes.launch(plan);
  await Promise.all([before, closed, after]);
  await nodes.launch(plan);
  expect(nodes.running).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(said).toEqual([]);
});

test('what comes after the end is refused, and the end is the same however often it is asked for', async () => {
  const { service, a } = await twoLabs();
  const closed = service.close();
  const after = await labErrorOf(service.execute('lab:open', { labId: a }));
  expect(after.message).toContain('closing');
  await Promise.all([closed, service.close()]);
  for (const late of [
    service.execute('lan:setPermits', { permits: true }), service.execute('lab:delete', { labId: a }),
    service.execute('lan:join', { ...LOOPBACK, port: 1, code: 'A', role: 'member' }),
  ]) {
    expect((await labErrorOf(late)).message).toContain('closing');
  }
  expect((await labErrorOf(service.execute('lab:attach', {}))).message).toContain('closing');
});
