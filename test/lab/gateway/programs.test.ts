/** Other people's programs on the doors of real nodes, through crashes of the leader. */
import { Cluster, Redis } from 'ioredis';
import { createClient } from 'redis';
import { expect, onTestFinished, test } from 'vitest';
import type { DoorPlace } from '../../../src/trace/door.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import type { TestLab } from '../support.ts';
import { doorOf, OPEN, openDoors, startDoorLab } from './support/doors.ts';
import { missingTools, runOn } from './support/programs.ts';

/** How a command ends that a crash has caught: it may have taken effect, or it has not. */
const CAUGHT = /UNCERTAIN|CLUSTERDOWN/;
const INCREMENTS = 400;
const CRASH_AT = 100;

interface Place extends DoorPlace {
  readonly leader: NodeName;
}

/** The door of a node that does not lead, and who does. */
async function followersDoor(lab: TestLab): Promise<Place> {
  await openDoors(lab);
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? expect.unreachable();
  return { ...await doorOf(lab, follower), leader };
}

/** Adds one so many times, ten at once, while the leader crashes; then compares the sum with the answers. */
async function countThroughCrash(lab: TestLab, leader: NodeName, increment: () => Promise<number>): Promise<void> {
  let sure = 0;
  let unsure = 0;
  let asked = 0;
  let crash: Promise<unknown> | undefined;
  const counter = async (): Promise<void> => {
    while (asked < INCREMENTS) {
      asked += 1;
      if (asked === CRASH_AT) {
        crash = lab.act('node:crash', leader);
      }
      try {
        await increment();
        sure += 1;
      } catch (error) {
        expect(String(error)).toMatch(CAUGHT);
        unsure += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, counter));
  await crash;
  const survivor = lab.names.find((name) => name !== leader) ?? expect.unreachable();
  const sum = Number(await lab.get(survivor, 'count'));
  expect(sum).toBeGreaterThanOrEqual(sure);
  expect(sum).toBeLessThanOrEqual(sure + unsure);
  expect(sure).toBeGreaterThan(CRASH_AT);
}

test('redis-cli reads on one node what it wrote on another, after the leader has crashed', async (context) => {
  const missing = missingTools();
  context.skip(missing !== null, missing ?? '');
  const lab = await startDoorLab(3);
  await openDoors(lab);
  const leader = await lab.leaderOf();
  const written = await runOn(await doorOf(lab, leader), 'redis-cli', ['set', 'colour', 'teal']);
  expect(written).toEqual({ code: 0, output: 'OK\n', errors: '' });
  await lab.act('node:crash', leader);
  for (const name of lab.names.filter((each) => each !== leader)) {
    const read = await runOn(await doorOf(lab, name), 'redis-cli', ['-3', 'get', 'colour']);
    expect(read).toEqual({ code: 0, output: 'teal\n', errors: '' });
  }
});

test('redis-benchmark runs to its end while the leader crashes', async (context) => {
  const missing = missingTools();
  context.skip(missing !== null, missing ?? '');
  const lab = await startDoorLab(3);
  const { leader, ...place } = await followersDoor(lab);
  const benchmark = runOn(place, 'redis-benchmark', ['-t', 'set,get,incr', '-c', '64', '-n', '1500', '--csv']);
  await lab.until('the benchmark to write', () => lab.node(leader).lastApplied > 500);
  await lab.act('node:crash', leader);
  const { code, output, errors } = await benchmark;
  expect(code, errors).not.toBeNull();
  // It gives up at the first error, by its own choice; then the error must say what is known.
  if (code === 0) {
    expect(output.match(/^"(SET|GET|INCR)",/gm)).toEqual(['"SET",', '"GET",', '"INCR",']);
  } else {
    expect(errors).toMatch(CAUGHT);
  }
});

test.each([2, 3] as const)('node-redis counts through a crash with RESP%i', async (RESP) => {
  const lab = await startDoorLab(3);
  const { leader, address, port } = await followersDoor(lab);
  const program = createClient({ socket: { host: address, port }, RESP });
  program.on('error', () => undefined);
  await program.connect();
  onTestFinished(() => program.destroy());
  await program.set('colour', 'teal');
  expect(await program.get('colour')).toBe('teal');
  await countThroughCrash(lab, leader, () => program.incr('count'));
});

test('ioredis counts through a crash', async () => {
  const lab = await startDoorLab(3);
  const { leader, address, port } = await followersDoor(lab);
  const program = new Redis(port, address);
  onTestFinished(() => program.disconnect());
  expect(await program.pipeline().set('colour', 'teal').get('colour').exec()).toEqual([[null, 'OK'], [null, 'teal']]);
  await countThroughCrash(lab, leader, () => program.incr('count'));
});

test('a client of Redis Cluster finds the leader, and the next one', async () => {
  const lab = await startDoorLab(3);
  await openDoors(lab);
  await lab.service.execute('lab:setDoor', { door: { ...OPEN, redirects: true } });
  const leader = await lab.leaderOf();
  const places = await Promise.all(lab.names.map((name) => doorOf(lab, name)));
  const program = new Cluster(places.map(({ address, port }) => ({ host: address, port })));
  program.on('error', () => undefined);
  onTestFinished(() => program.disconnect());
  await program.set('colour', 'teal');
  await lab.act('node:crash', leader);
  await expect.poll(() => program.get('colour').catch(() => null), { timeout: 60_000 }).toBe('teal');
});
