/** What a host does to a member's node is answered, allowed or not: a real channel and a real node. */
import { expect, onTestFinished, test } from 'vitest';
import type { NodeLink, NodePlan } from '../../src/lab/nodes/nodeLink.ts';
import { nodePlan } from '../../src/lab/nodes/nodePlan.ts';
import type { LabMachine } from '../../src/lab/nodes/labMachine.ts';
import { GuestNodes } from '../../src/lan/guest/guestNodes.ts';
import { RAFTLAB_VARIANT } from '../../src/trace/variant.ts';
import { DatagramOpener, labDigestOf } from '../../src/wire/crypto.ts';
import { decodeDatagram } from '../../src/wire/index.ts';
import { workerUrls } from '../lab/support.ts';
import { nextDatagram, openSocket, temporaryFolder } from '../node/support.ts';
import { joinHost, openHost } from './support.ts';

const NOT_PERMITTED = 'this machine does not let the host act on its nodes';

const plan: NodePlan = nodePlan({
  labId: 'lab-a', datagramSecret: () => undefined, pace: () => 'fast', leaseReads: () => false, door: () => null,
  variant: () => RAFTLAB_VARIANT,
  initialVoters: () => [2], compaction: undefined, dataBytesMax: undefined,
  promisedMs: () => 0, faultsFrom: () => ({}), peers: () => [],
}, { name: 'n2', id: 2, incarnation: 1, address: '127.0.0.1', preferredPort: 0, mayCreateDatabase: true });

/** Starts the node on the machine; `exited` resolves with the reason, `started` when it runs. */
function launch(machine: LabMachine): { link: NodeLink; started: Promise<void>; exited: Promise<string> } {
  let onStarted = (): void => undefined;
  let onExit: (reason: string) => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    onStarted = resolve;
  });
  const exited = new Promise<string>((resolve) => {
    onExit = resolve;
  });
  const link = machine.launch(plan)({
    onMessage: ({ type }) => {
      if (type === 'started') onStarted();
    },
    onExit: (reason) => onExit(reason),
  });
  return { link, started, exited };
}

test('a member that does not let the host act on its nodes says so; one that does, does it', async () => {
  const { host, key, machines } = await openHost();
  const { lab } = await joinHost(host, key, { permits: false });
  const machine = machines[0] ?? expect.unreachable('a machine has joined');
  const { link, started, exited } = launch(machine);
  await started;
  for (const act of ['terminate', 'pause', 'resume'] as const) {
    await expect(link[act]()).rejects.toThrow(NOT_PERMITTED);
  }
  lab.setPermits(true);
  await link.pause();
  await link.resume();
  await link.terminate();
  await exited;
  // Nobody is left there to be paused, and who waits for its end hears of it.
  await expect(link.pause()).rejects.toThrow('it does not run there');
});

test('a node that runs on while its machine is away follows the secret of the plan with which it is taken in again',
  async () => {
    const socket = await openSocket();
    const sealed = (fill: number): NodePlan => ({
      ...plan, initialVoters: [2, 3], peers: [{ id: 3, address: '127.0.0.1', port: socket.address().port }],
      datagramSecret: Buffer.alloc(32, fill).toString('base64'),
    });
    const sealedWith = (fill: number) => nextDatagram(socket, `what secret ${fill} has sealed`, (bytes) => {
      const opener = new DatagramOpener([Buffer.alloc(32, fill)], plan.labId);
      return decodeDatagram(bytes, { labDigest: labDigestOf(plan.labId), opener }).ok || undefined;
    });
    const said: string[] = [];
    const nodes = new GuestNodes({
      workerUrl: workerUrls.node, folder: temporaryFolder(), onMessage: (_id, { type }) => said.push(type),
      onExit: (_id, reason) => said.push(reason), isOwnWish: () => true,
    }, true);
    onTestFinished(() => nodes.close());
    await nodes.launch(sealed(1));
    await nodes.launch(sealed(2)); // while it is being started
    await sealedWith(2);
    expect(said.filter((type) => type === 'started'), 'it has started once').toHaveLength(1);
    await nodes.launch(sealed(3));
    await sealedWith(3);
    expect(said.filter((type) => type === 'started'), 'it was not started anew').toHaveLength(2);
  });

test('a node that is ended while it is being started ends', async () => {
  const { host, key, machines } = await openHost();
  await joinHost(host, key);
  const { link, exited } = launch(machines[0] ?? expect.unreachable('a machine has joined'));
  await link.terminate();
  await exited;
});
