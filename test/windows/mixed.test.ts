/**
 * One cluster of a Linux and a Windows machine on a LAN of network namespaces. Windows is the host first and the member
 * then, in one program: once it has left the other's lab it has none open.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ClusterStatus } from '../../src/cli/terminal/status.ts';
import type { FoundLabs } from '../../src/contract/lan.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { HeadlessHost } from '../lan/namespaces/support/headlessHost.ts';
import type { HeadlessLab } from '../lan/namespaces/support/headlessLab.ts';
import { TestLan } from '../lan/namespaces/support/network.ts';
import type { LanPort } from '../lan/namespaces/support/network.ts';
import { windowsFolder } from './support/windowsProgram.ts';
import { WindowsHost } from './support/windowsHost.ts';

const LINUX = 0;
const WINDOWS = 1;
const ALL = ['n1', 'n2', 'n3'] as const;
const MEMBERS_NODE = 'n3';

interface Machine {
  readonly lab: HeadlessLab;
  /** What it is called, and its own lab. */
  readonly labName: string;
  readonly position: number;
  readonly port: LanPort;
}

test('a Linux host and a Windows member are one cluster, and the other way round', async ({ skip }) => {
  const lan = await TestLan.open(2);
  onTestFinished(() => { lan.close(); });
  skip(lan.problem !== null, `a mixed cluster needs a LAN of network namespaces: ${lan.problem ?? ''}`);
  const [linuxPort, windowsPort] = [portOf(lan, LINUX), portOf(lan, WINDOWS)];
  const linuxHost = startLinux('Linux host', linuxPort, ['--create', 'Linux lab', '--nodes', '2', '--pace', 'fast']);
  const linuxMember = startLinux('Linux member', linuxPort, ['--create', 'my own', '--nodes', '1', '--pace', 'fast']);
  const windows: Machine = {
    lab: new WindowsHost('windows', windowsPort, windowsFolder('données 数据'), [
      '--create', 'Windows lab', '--nodes', '2', '--pace', 'fast',
    ]),
    labName: 'Windows lab', position: WINDOWS, port: windowsPort,
  };
  await haveMember(lan, windows, { lab: linuxMember, labName: 'my own', position: LINUX, port: linuxPort });
  await haveMember(lan, { lab: linuxHost, labName: 'Linux lab', position: LINUX, port: linuxPort }, windows);
});

/** A member joins, votes, loses its cable, is back, and leaves. */
async function haveMember(lan: TestLan, host: Machine, member: Machine): Promise<void> {
  const code = await openedCode(host);
  await joined(host, member, code);
  await votes(host, member);
  await losesItsCable(lan, host, member);
  await leaves(host, member);
}

async function openedCode({ lab, port }: Machine): Promise<string> {
  await lab.ask(`lan open ${port.address}`);
  const status = await lab.lan();
  return status.mode === 'host' ? status.code : expect.unreachable(`a lab that was opened is ${status.mode}`);
}

async function joined(host: Machine, member: Machine, code: string): Promise<void> {
  const found = await member.lab.until(`${host.labName} to be heard`, async () => {
    const { labs } = (await member.lab.ask('lan find')).value as FoundLabs; // the program is ours
    return labs.find(({ name, address }) => name === host.labName && address === host.port.address);
  });
  const place = `${found.address}:${found.port} ${code}`;
  const tried = await member.lab.ask(`lan test ${place}`);
  expect(tried.value, tried.text).toMatchObject({ canJoin: true });
  await member.lab.ask(`lan join ${place}`);
  expect((await member.lab.ask('lan bring')).value).toBe(MEMBERS_NODE);
  await host.lab.untilCluster('three voters', ({ voters }) => voters.length === 3);
  const nodes = await host.lab.untilConverged(ALL);
  expect(nodes.map(({ address }) => address)).toEqual([host.port.address, host.port.address, member.port.address]);
  await member.lab.askUntilDone(`@${MEMBERS_NODE} put from-the-member "naïve 数据"`);
  expect((await host.lab.askUntilDone('@n2 get from-the-member')).text).toContain('naïve 数据');
  await member.lab.untilConverged(ALL);
}

/** While n1, the leader, stands still the two others need each other's vote. */
async function votes(host: Machine, member: Machine): Promise<void> {
  const before = await host.lab.until('n1 to lead', async () => {
    const cluster = await host.lab.cluster();
    if (cluster.leader === 'n1') return termOf(cluster, 'n1');
    await host.lab.tell('transfer n1');
    return undefined;
  });
  await host.lab.ask('pause n1');
  await host.lab.untilCluster('an election by two machines', (cluster) => (
    cluster.leader !== 'n1' && cluster.leader !== null && termOf(cluster, MEMBERS_NODE) > before));
  await host.lab.askUntilDone('@n2 put elected "by two machines"');
  expect((await member.lab.askUntilDone(`@${MEMBERS_NODE} get elected`)).text).toContain('by two machines');
  await host.lab.ask('resume n1');
  await host.lab.untilConverged(ALL);
}

function termOf({ nodes }: ClusterStatus, node: NodeName): number {
  return nodes.find(({ name }) => name === node)?.term ?? expect.unreachable(`${node} is not shown`);
}

async function losesItsCable(lan: TestLan, host: Machine, member: Machine): Promise<void> {
  lan.pullCable(member.position);
  await host.lab.untilCluster('the node to be out of sight', ({ nodes }) => (
    nodes.some(({ name, life }) => name === MEMBERS_NODE && life === 'away')));
  await host.lab.askUntilDone('@n1 put while-cut 1');
  await member.lab.until('the host to be missed', async () => {
    const status = await member.lab.lan();
    return status.mode === 'joined' && !status.isConnected ? status : undefined;
  });
  expect((await member.lab.tell(`@${MEMBERS_NODE} put lonely 1`)).text).toContain('the host is not connected');
  lan.plugInCable(member.position);
  const nodes = await host.lab.untilConverged(ALL);
  expect(nodes[2]).toMatchObject({ name: MEMBERS_NODE, incarnation: 1 });
  await member.lab.untilConverged(ALL);
  expect((await member.lab.askUntilDone(`@${MEMBERS_NODE} get while-cut`)).text).toBe('"1"');
}

async function leaves(host: Machine, member: Machine): Promise<void> {
  await member.lab.ask('lan leave');
  await host.lab.untilCluster('the node to be gone', ({ nodes, voters }) => (
    nodes.length === 2 && voters.join(' ') === 'n1 n2'));
  await host.lab.line('that the machine has left', ({ event }) => event === 'machineLeft');
  await host.lab.askUntilDone('@n1 put afterwards 1');
  await host.lab.ask('lan close');
  expect((await member.lab.lan()).mode).toBe('local');
}

function startLinux(name: string, port: LanPort, words: readonly string[]): HeadlessHost {
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-mixed-'));
  const host = new HeadlessHost(name, port, folder, words);
  onTestFinished(async () => {
    await host.crash();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return host;
}

function portOf(lan: TestLan, position: number): LanPort {
  return lan.hosts[position] ?? expect.unreachable(`there is no host ${position}`);
}
