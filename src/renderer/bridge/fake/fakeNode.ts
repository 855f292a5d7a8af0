/** One node of the fake cluster: only its state, without behaviour. */
import type { DatagramCounters, DropReason } from '../../../trace/events.ts';
import { nodeIdOf, nodeNumberOfName } from '../../../trace/names.ts';
import type { NodeName } from '../../../trace/names.ts';
import type { NodeLife, NodeView } from '../../../trace/view.ts';
import type { KvCommand } from './kv.ts';

export interface FakeEntry {
  readonly term: number;
  readonly type: 'command' | 'no-op';
  readonly text: string;
  readonly client: string | null;
  readonly command: KvCommand | null;
  readonly requestId: string;
}

export interface FakePeer {
  nextIndex: number;
  matchIndex: number;
  inflight: number;
  state: 'probe' | 'replicate';
}

const DATABASE_FOLDER = '/home/student/.config/Raftlab/labs';

export class FakeNode {
  readonly name: NodeName;
  incarnation = 1;
  boot = 0;
  life: NodeLife = 'stopped';
  role: NodeView['role'] = 'follower';
  term = 0;
  votedFor = 0;
  leader = 0;
  log: FakeEntry[] = [];
  commitIndex = 0;
  /** The commitIndex in the file. */
  persistedCommitIndex = 0;
  lastApplied = 0;
  state = new Map<string, string>();
  votes = new Map<number, boolean>();
  peers = new Map<NodeName, FakePeer>();
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The messages that arrived while it was paused, as in a stopped process's socket buffer. */
  inbox: (() => void)[] = [];
  messageCount = 0;
  sent = 0;
  received = 0;
  bytesSent = 0;
  bytesReceived = 0;
  dropped: Partial<Record<DropReason, number>> = {};

  constructor(name: NodeName) {
    this.name = name;
  }

  get id(): number {
    return nodeIdOf(nodeNumberOfName(this.name), this.incarnation);
  }

  get lastIndex(): number {
    return this.log.length;
  }

  get lastTerm(): number {
    return this.log.at(-1)?.term ?? 0;
  }

  get port(): number {
    return 47_100 + nodeNumberOfName(this.name);
  }

  get counters(): DatagramCounters {
    const { sent, received, bytesSent, bytesReceived } = this;
    return { sent, received, bytesSent, bytesReceived, retransmitted: 0, dropped: { ...this.dropped } };
  }

  databasePath(labId: string): string {
    return `${DATABASE_FOLDER}/${labId}/${this.name}/raft.db`;
  }

  termAt(index: number): number {
    return this.log[index - 1]?.term ?? 0;
  }

  /** Forgets everything that a crash loses: only the file stays. */
  forgetMemory(): void {
    clearTimeout(this.timer);
    this.role = 'follower';
    this.leader = 0;
    this.persistedCommitIndex = this.commitIndex;
    this.commitIndex = 0;
    this.lastApplied = 0;
    this.state = new Map();
    this.votes.clear();
    this.peers.clear();
    this.inbox = [];
  }
}
