/** The datagrams of a connection test: heard both ways, by who knows the test's secret alone. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test } from 'vitest';
import { DatagramProbe, newProbeSecret } from '../../src/lan/diagnose/datagramProbe.ts';
import type { DatagramProbeOptions } from '../../src/lan/diagnose/datagramProbe.ts';

const ADDRESS = '127.0.0.1';
const LAB = 'lab-a';

/** @returns a probe, and what resolves when it has heard the other end */
async function open(options: Pick<DatagramProbeOptions, 'end' | 'secret'> & { readonly labId?: string }) {
  let isHeard = false;
  let hear: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const probe = await DatagramProbe.open({
    address: ADDRESS,
    labId: LAB,
    ...options,
    onHeard: () => {
      expect(isHeard, 'told once').toBe(false);
      isHeard = true;
      hear();
    },
  });
  onTestFinished(() => probe.close());
  return { probe, heard, isHeard: () => isHeard };
}

/** Everything that arrives at a socket until there are so many. */
async function listen(count: number): Promise<{ readonly port: number; readonly datagrams: Promise<Buffer[]> }> {
  const socket = createSocket('udp4');
  onTestFinished(() => { socket.close(); });
  await new Promise<void>((resolve) => {
    socket.bind({ address: ADDRESS, port: 0 }, resolve);
  });
  const datagrams = new Promise<Buffer[]>((resolve) => {
    const all: Buffer[] = [];
    socket.on('message', (bytes) => {
      if (all.push(bytes) === count) resolve(all);
    });
  });
  return { port: socket.address().port, datagrams };
}

test('both ends hear each other', async () => {
  const secret = newProbeSecret();
  const host = await open({ end: 'host', secret });
  const machine = await open({ end: 'machine', secret });
  host.probe.sendTo(ADDRESS, machine.probe.port);
  machine.probe.sendTo(ADDRESS, host.probe.port);
  await Promise.all([host.heard, machine.heard]);
  expect([host.probe.sendProblem, machine.probe.sendProblem]).toEqual([null, null]);
});

test('they are as long as nodes\' longest, sealed, and no two alike', async () => {
  const { probe } = await open({ end: 'machine', secret: newProbeSecret() });
  const { port, datagrams } = await listen(3);
  probe.sendTo(ADDRESS, port);
  const all = await datagrams;
  expect(all.map(({ length }) => length)).toEqual([1200, 1200, 1200]);
  expect(new Set(all.map((bytes) => bytes.toString('hex', 62))).size).toBe(3);
  expect(all[0]?.includes(Buffer.alloc(64)), 'what is in them is not to be seen').toBe(false);
});

test('garbage, another secret, another lab and an own datagram sent back are not heard', async () => {
  const secret = newProbeSecret();
  const host = await open({ end: 'host', secret });
  const reflected = await listen(1);
  host.probe.sendTo(ADDRESS, reflected.port);
  const [own = Buffer.alloc(0)] = await reflected.datagrams;
  const stranger = await open({ end: 'machine', secret: newProbeSecret() });
  stranger.probe.sendTo(ADDRESS, host.probe.port);
  const elsewhere = await open({ end: 'machine', secret, labId: 'lab-b' });
  elsewhere.probe.sendTo(ADDRESS, host.probe.port);
  const sender = createSocket('udp4');
  onTestFinished(() => { sender.close(); });
  for (const bytes of [randomBytes(1200), Buffer.alloc(0), own.subarray(0, 41), own]) {
    sender.send(bytes, host.probe.port, ADDRESS);
  }
  // While five datagrams go elsewhere about as many of each of those have arrived.
  const taps = await listen(5);
  const other = await open({ end: 'machine', secret: newProbeSecret() });
  other.probe.sendTo(ADDRESS, taps.port);
  await taps.datagrams;
  expect(host.isHeard()).toBe(false);
  const machine = await open({ end: 'machine', secret });
  machine.probe.sendTo(ADDRESS, host.probe.port);
  await host.heard;
});
