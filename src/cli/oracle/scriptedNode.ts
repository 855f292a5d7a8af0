/** One node of a scripted cluster: a core, its storage, and the work of its storage threads. */
import {
  decodeConfigurationChange,
  type Entry,
  type HardState,
  type LocalMessage,
  MemoryStorage,
  type Message,
  type NodeId,
  RaftNode,
  type Ready,
  type Snapshot,
  type StepOutcome,
  type StorageAppend,
  type StorageApply,
} from '../../raft/index.ts';
import { ScriptError } from './arguments.ts';
import { asHeard, withEarlyVoteRequests } from './dialect.ts';
import type { ScriptedSettings } from './scriptedSettings.ts';

/** A storage whose snapshot always holds the applied state. */
class ScriptedStorage extends MemoryStorage {
  /**
   * The state after the last applied entry, or the state that the node started from. An installed snapshot does not
   * change it, as in the scripts' nodes.
   */
  newestSnapshot: Snapshot;

  constructor(start: Snapshot) {
    super(start);
    this.newestSnapshot = start;
  }

  override snapshot(): Snapshot {
    return this.newestSnapshot;
  }
}

export class ScriptedNode {
  readonly id: NodeId;
  readonly settings: ScriptedSettings;
  readonly raft: RaftNode;
  readonly storage: ScriptedStorage;
  readonly appendWork: StorageAppend[] = [];
  readonly applyWork: StorageApply[] = [];
  /** What was handed out last, written or not. */
  #hardState: HardState;

  constructor(id: NodeId, settings: ScriptedSettings, start: Snapshot) {
    this.id = id;
    this.settings = settings;
    this.storage = new ScriptedStorage(start);
    this.raft = new RaftNode({ ...settings, id, storage: this.storage });
    this.raft.takeEvents();
    this.#hardState = this.storage.initialState().hardState;
  }

  /** Takes a message as the scripts' nodes do. */
  step(message: Message | LocalMessage): StepOutcome {
    const { checkQuorum = true, preVote = true } = this.settings;
    const heard = asHeard(message, { id: this.id, term: this.raft.status().term, checkQuorum, preVote });
    return heard === undefined ? 'stepped' : this.raft.step(heard);
  }

  /** The next Ready; it says as the scripts do whether to sync: they do not count a snapshot. */
  takeReady(): Ready {
    const ready = withEarlyVoteRequests(this.raft.ready());
    const { currentTerm, votedFor } = this.#hardState;
    this.#hardState = ready.hardState ?? this.#hardState;
    const termOrVoteChanged = this.#hardState.currentTerm !== currentTerm || this.#hardState.votedFor !== votedFor;
    return { ...ready, mustSync: ready.entries.length > 0 || termOrVoteChanged };
  }

  get asynchronous(): boolean {
    return this.settings.scripted?.asyncStorageWrites === true;
  }

  /** Writes to storage, as the scripts' nodes do: a snapshot or entries, not both. */
  persist(write: Pick<Ready, 'hardState' | 'entries' | 'snapshot'>): void {
    if (write.snapshot !== undefined && write.entries.length > 0) {
      throw new ScriptError("can't apply snapshot and entries at the same time");
    }
    this.storage.persist(write);
  }

  /** Applies entries to a state machine that appends each entry's data to its state. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const previous = this.storage.newestSnapshot;
      let { configuration } = previous;
      let update = entry.data;
      if (entry.type === 'configuration') {
        configuration = this.raft.applyConfigurationChange(decodeConfigurationChange(entry.data));
        update = new Uint8Array();
      }
      this.storage.newestSnapshot = {
        lastIncludedIndex: entry.index,
        lastIncludedTerm: entry.term,
        configuration,
        data: new Uint8Array([...previous.data, ...update]),
      };
    }
  }
}
