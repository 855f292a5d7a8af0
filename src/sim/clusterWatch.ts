/** Shows the checks everything that happens in the nodes of a cluster, and follows who its members are. */
import type {
  Configuration, Entry, Index, Message, NodeId, RaftEvent, Ready,
} from '../raft/index.ts';
import type { DurableChange, SnapshotHead } from '../server/logStore.ts';
import type { NodeTraceBody } from '../server/protocol.ts';
import type { Check } from './checks/observer.ts';
import { appendedBy, CoreLog } from './coreLog.ts';
import type { NodeWatch, SimulatedNode } from './simulatedNode.ts';
import { checksOver, ConfigurationHistory } from './watch.ts';

/** Called with what happens inside nodes, when it happens. */
export type EventListener = (node: SimulatedNode, event: RaftEvent) => void;

export class ClusterWatch implements NodeWatch {
  readonly checks: readonly Check[];
  readonly configurations: ConfigurationHistory;
  onRaftEvent: EventListener = () => undefined;
  /** Called when a part of a leader's snapshot is on a node's disk. */
  onPiece: (node: SimulatedNode) => void = () => undefined;
  /** The checks that want to know, for what happens often. */
  readonly #hooks: ReturnType<typeof hooksOf>;
  #members: readonly NodeId[];

  /** @param firstIndex the index of the first configuration */
  constructor(nodes: ReadonlyMap<NodeId, SimulatedNode>, firstIndex: Index, first: Configuration) {
    this.configurations = new ConfigurationHistory(firstIndex, first);
    this.checks = checksOver(nodes, this.configurations, firstIndex);
    this.#hooks = hooksOf(this.checks);
    this.#members = first.voters;
  }

  /** The nodes that take part, or are about to. */
  get memberIds(): readonly NodeId[] {
    return this.#members;
  }

  /** A node is about to take part. */
  addMember(id: NodeId): void {
    this.#members = [...this.#members, id];
  }

  onStart(node: SimulatedNode): void {
    for (const check of this.#hooks.onStart) check.onStart(node);
  }

  onEvent(node: SimulatedNode, event: RaftEvent): void {
    if (event.type === 'roleChanged') {
      const log = new CoreLog(node.raft);
      for (const check of this.#hooks.onRole) check.onRole(node, event.role, event.term, log);
    } else if (event.type === 'commitAdvanced') {
      const term = node.raft.termAt(event.commitIndex) ?? 0;
      for (const check of this.#hooks.onCommit) check.onCommit(node, event.commitIndex, term);
    }
    this.onRaftEvent(node, event);
  }

  onReady(node: SimulatedNode, ready: Ready): void {
    this.#observeLeaseReads(node, ready);
    const appended = appendedBy(node, ready);
    if (appended !== undefined) {
      for (const check of this.#hooks.onAppend) check.onAppend(node, appended);
    }
    if (ready.mustSync) {
      this.#observeSent(node, ready.messagesBeforePersist);
    }
  }

  onPersisted(node: SimulatedNode, ready: Ready): void {
    if (!ready.mustSync) {
      this.#observeSent(node, ready.messagesBeforePersist);
    }
    this.#observeSent(node, ready.messages);
    if (ready.snapshot !== undefined) {
      const { snapshot } = ready;
      for (const check of this.#hooks.onInstall) check.onInstall(node, snapshot.lastIncludedIndex);
    }
  }

  onApplied(node: SimulatedNode, entry: Entry): void {
    this.configurations.noteApplied(entry.index);
    for (const check of this.#hooks.onApply) check.onApply(node, entry);
    if (entry.type === 'configuration') {
      this.#noteConfiguration(node);
    }
  }

  onStored(node: SimulatedNode, { hardState }: DurableChange): void {
    if (hardState !== undefined) {
      for (const check of this.#hooks.onPersist) check.onPersist(node, hardState);
    }
  }

  onSnapshot(node: SimulatedNode, head: SnapshotHead, data: Uint8Array): void {
    for (const check of this.#hooks.onSnapshot) check.onSnapshot(node, head, data);
  }

  onReceived(node: SimulatedNode, head: SnapshotHead, from: number, data: Uint8Array): void {
    for (const check of this.#hooks.onReceived) check.onReceived(node, head, from, data);
    this.onPiece(node);
  }

  /** A node reports something in its trace, but for details. */
  onReport(node: SimulatedNode, body: NodeTraceBody): void {
    for (const check of this.#hooks.onReport) check.onReport(node, body);
  }

  /** Its own reads, and those of followers that it answers. */
  #observeLeaseReads(node: SimulatedNode, { readStates, messagesBeforePersist }: Ready): void {
    if (readStates.length === 0 && messagesBeforePersist.length === 0) {
      return;
    }
    const { role, term } = node;
    const answers = messagesBeforePersist.filter((message) => message.type === 'ReadIndexResponse');
    const confirmed = [...(role === 'leader' ? readStates : []), ...answers];
    if (confirmed.some(({ confirmedBy }) => confirmedBy === 'lease')) {
      for (const check of this.#hooks.onLeaseRead) check.onLeaseRead(node, term);
    }
  }

  #observeSent(node: SimulatedNode, messages: readonly Message[]): void {
    for (const message of messages) {
      for (const check of this.#hooks.onSend) check.onSend(node, message);
    }
  }

  #noteConfiguration(node: SimulatedNode): void {
    const { configuration, lastApplied } = node;
    if (this.configurations.note(lastApplied, configuration)) {
      const { voters, votersOutgoing, learners } = configuration;
      this.#members = [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b);
    }
  }
}

function hooksOf(checks: readonly Check[]) {
  return {
    onStart: having(checks, 'onStart'),
    onRole: having(checks, 'onRole'),
    onCommit: having(checks, 'onCommit'),
    onAppend: having(checks, 'onAppend'),
    onInstall: having(checks, 'onInstall'),
    onApply: having(checks, 'onApply'),
    onPersist: having(checks, 'onPersist'),
    onSend: having(checks, 'onSend'),
    onSnapshot: having(checks, 'onSnapshot'),
    onReceived: having(checks, 'onReceived'),
    onReport: having(checks, 'onReport'),
    onLeaseRead: having(checks, 'onLeaseRead'),
  };
}

function having<Hook extends keyof Check>(
  checks: readonly Check[], hook: Hook,
): readonly (Check & Required<Pick<Check, Hook>>)[] {
  return checks.filter((check): check is Check & Required<Pick<Check, Hook>> => check[hook] !== undefined);
}
