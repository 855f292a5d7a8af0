/**
 * Measures what strangers and a whole class cost a lab on the LAN: `npm run bench:lan`. Rates are compared within one
 * run, because a machine's own rate varies. docs/performance.md has the results.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { LabStore } from '../lab/files/labStore.ts';
import { createLabService } from '../lan/labService.ts';
import type { LabLog, LabService } from '../lab/service.ts';
import { runLoad } from './bench/measure/load.ts';
import { keySequence, VALUE } from './bench/workload.ts';
import { bundledWorkers } from './workers.ts';
import { labDigestOf } from '../wire/crypto.ts';
import { HEADER_BYTES } from '../wire/index.ts';
import { Flood } from './lanBench/flood.ts';
import type { FloodPlan } from './lanBench/flood.ts';

const NODES = 3;
const CLIENTS = 64;
const ROUNDS = 3;
const WARM_UP_MS = 500;
const MEASURE_MS = 4000;
const POLL_MS = 100;
const FLOOD_PER_SECOND = 100_000;

interface Round {
  readonly perSecond: number;
  /** Datagrams of the flood that the system accepted per second. */
  readonly flooded: number;
  readonly by: string;
}

const log: LabLog = { info: () => undefined, warn: console.error, error: console.error };

async function measure(lab: LabService, plan: Pick<FloodPlan, 'ports' | 'headers'> | undefined): Promise<Round> {
  const flood = plan === undefined ? undefined : await Flood.start({ ...plan, perSecond: FLOOD_PER_SECOND });
  const startedAtMs = performance.now();
  const nextKey = keySequence();
  const { perSecond } = await runLoad({
    clients: CLIENTS, warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS,
    request: () => lab.execute('kv:execute', { node: 'n1', command: { op: 'put', key: nextKey(), value: VALUE } }),
  });
  const flooded = (flood?.sent ?? 0) / ((performance.now() - startedAtMs) / 1000);
  await flood?.end();
  return { perSecond, flooded, by: flood?.by ?? 'nobody' };
}

/** Waits until every node is at its own port again, so that it can be flooded again. */
async function untilCalm(lab: LabService, ports: readonly number[]): Promise<void> {
  const isAway = async (): Promise<boolean> => {
    const { view: { nodes } } = await lab.execute('lab:attach', {});
    return Object.values(nodes).some(({ port }) => !ports.includes(port));
  };
  while (await isAway()) {
    await setTimeout(POLL_MS);
  }
}

/** Correct in everything that anybody on the network can know; only the seal shows the forgery. */
function forgedHeader(labId: string): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RLAB', 0, 'latin1');
  header.writeUInt8(1, 4); // version
  header.writeUInt8(1, 5); // sealed
  header.set(labDigestOf(labId), 6);
  header.writeUInt32BE(2, 22); // sender
  header.writeUInt32BE(1, 26); // receiver
  header.writeUInt32BE(2, 30); // boot
  return header;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'raftlab-lan-bench-'));
  await new LabStore(folder, log).create('Bench', NODES, 'fast');
  const sink = createSocket('udp4');
  const lab = await createLabService({
    dataDirectory: folder, workerUrls: bundledWorkers(), log,
  });
  try {
    await lab.execute('lan:open', { address: '127.0.0.1' });
    await once(sink.bind(0, '127.0.0.1'), 'listening');
    const { view: { labId, nodes } } = await lab.execute('lab:attach', {});
    const ports = Object.values(nodes).map(({ port }) => port);
    const noise = [new Uint8Array()];
    // The flood comes from this very machine: a flood that nobody reads shows what sending it costs.
    const kinds = [
      ['no flood', undefined],
      ['noise, to a port of nobody', { ports: [sink.address().port], headers: noise }],
      ['noise, to the nodes', { ports, headers: noise }],
      ['forged, to the nodes', { ports, headers: [forgedHeader(labId)] }],
    ] as const;
    for (let round = 1; round <= ROUNDS; round += 1) {
      let alone = 0;
      for (const [name, plan] of kinds) {
        const { perSecond, flooded, by } = await measure(lab, plan);
        if (plan === undefined) alone = perSecond;
        const ratio = (perSecond / alone).toFixed(2);
        console.log(`round ${round}  ${name.padEnd(26)} ${perSecond.toFixed(0).padStart(6)} writes/s  × ${ratio}`
          + `  ${flooded.toFixed(0)} datagrams/s of flood by ${by}`);
        await untilCalm(lab, ports);
      }
    }
  } finally {
    sink.close();
    await lab.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main();
