/**
 * A process to be killed: it runs nodes on the files in its folder, writes to them as fast as they answer, and notes
 * what they have said in a file. What it has noted, somebody may rely on; a kill takes nothing of it back, because each
 * line is with the operating system before the next thing happens.
 */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bundledWorkers } from '../../../src/cli/workers.ts';
import type { NodePlan } from '../../../src/lab/nodes/nodeLink.ts';
import { NodeThread } from '../../../src/lab/nodes/nodeThread.ts';
import { launchWorker } from '../../../src/lab/nodes/workerLink.ts';
import { COMPACTION_DEFAULTS } from '../../../src/server/snapshots/compactionPolicy.ts';
import { NONE } from '../../../src/raft/types.ts';
import type { NodeId } from '../../../src/raft/types.ts';
import type { NodeTraceEvent } from '../../../src/trace/events.ts';
import { nodeNameOf } from '../../../src/trace/names.ts';
import { ACKNOWLEDGED_SIGN, FAILED_SIGN, notesFileOf } from './notes.ts';
import type { ChildOrders, Note } from './notes.ts';

const CLIENTS = 8;
const KEYS = 50;
const STDOUT = 1;
const LOST = { code: 'node-crashed', message: 'the thread ended' } as const;

const orders = JSON.parse(process.argv[2] ?? '') as ChildOrders; // from the test that starts this process
const ids = Array.from({ length: orders.nodeCount }, (_, at) => at + 1);
const notes = openSync(join(orders.notesDirectory, notesFileOf(orders.life)), 'a');

function note(line: Note): void {
  writeSync(notes, `${JSON.stringify(line)}\n`);
}

let leader: NodeId = NONE;
let isWriting = false;
let hasWritten = false;
const ports = new Map<NodeId, number>();

function noteEvent(id: NodeId, event: NodeTraceEvent): void {
  if (event.type === 'voteGranted' && !event.preVote) {
    note({ type: 'vote', node: id, term: event.term, candidate: event.candidate });
  } else if (event.type === 'termChanged') {
    note({ type: 'term', node: id, term: event.term });
  } else if (event.type === 'leaderChanged' && event.leader !== NONE) {
    leader = event.leader;
    startWriting();
  }
}

const { node: workerUrl } = bundledWorkers();
const threads = new Map(ids.map((id) => {
  const directory = join(orders.directory, nodeNameOf(id));
  mkdirSync(directory, { recursive: true });
  const plan: NodePlan = {
    labId: 'crash-truth',
    name: nodeNameOf(id),
    id,
    incarnation: 1,
    address: '127.0.0.1',
    preferredPort: 0,
    initialVoters: ids,
    mayCreateDatabase: !orders.haveStarted.includes(id),
    databaseBytesMax: 1024 * 1024 * 1024,
    compaction: orders.compaction ?? COMPACTION_DEFAULTS,
    peers: [],
    pace: 'fast',
    faults: {},
    seed: orders.seed + id,
  };
  return [id, new NodeThread(plan.name, launchWorker(workerUrl, plan, directory), {
    onEvents: (events) => events.forEach((event) => noteEvent(id, event)),
    onOperations: () => undefined,
    onMoved: () => undefined,
    onStarted: (port) => {
      note({ type: 'started', node: id });
      ports.set(id, port);
      const peers = [...ports].map(([peer, at]) => ({ id: peer, address: '127.0.0.1', port: at }));
      threads.forEach((thread) => thread.post({ type: 'peers', peers }));
    },
    onFailed: ({ code, message }) => {
      note({ type: 'failed', node: id, code, message });
      writeSync(STDOUT, FAILED_SIGN);
    },
    onDied: (message) => {
      note({ type: 'failed', node: id, code: 'internal', message });
      writeSync(STDOUT, FAILED_SIGN);
    },
  })] as const;
}));

function startWriting(): void {
  if (!isWriting) {
    isWriting = true;
    for (let client = 0; client < CLIENTS; client += 1) {
      void write(client);
    }
  }
}

/** One client, until the end: it asks the node that leads, and notes each answer before it asks again. */
async function write(client: number): Promise<never> {
  for (let count = client; ; count += CLIENTS) {
    const key = `key-${count % KEYS}`;
    const value = `${orders.life}.${count}.`.padEnd(orders.valueBytes, 'v');
    const request = { client: 'writer', command: { op: 'put', key, value }, timeoutMs: 2000 } as const;
    try {
      const answer = await threads.get(leader)?.kv(request, LOST);
      if (answer !== undefined) {
        note({ type: 'acknowledged', index: answer.index, term: answer.term, key, value });
        if (!hasWritten) {
          hasWritten = true;
          writeSync(STDOUT, ACKNOWLEDGED_SIGN);
        }
      }
    } catch {
      // Elections go on while it writes: what was not answered promises nothing.
    }
  }
}

// It never ends by itself, not even when its nodes have failed: there is something to see then.
setInterval(() => undefined, 60_000);
