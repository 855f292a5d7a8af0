/** Applies committed entries to the state machine, and answers local queries. */
import type { NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import { describeApplied } from '../../kv/index.ts';
import type { KvResult, KvStateMachine, ReadCommand } from '../../kv/index.ts';
import { ConfigurationError, decodeConfigurationChange } from '../../raft/index.ts';
import type { Entry, Index, RaftNode, Term } from '../../raft/index.ts';
import { sessionsPageOf } from '../clients/sessionsPage.ts';
import type { ServerObserver } from '../observer.ts';
import type { Trace } from '../world.ts';

/** The most of a value that a table shows; the console shows the whole value. */
const PREVIEW_CHARACTERS_MAX = 600;

/** What was applied, in words. */
export interface AppliedWords {
  /** The client whose command it was; null for an entry of the cluster's own. */
  readonly client: string | null;
  readonly text: string;
}

/** Waits for whatever is applied. */
export type AppliedListener = (applied: AppliedWords & { readonly index: Index; readonly term: Term }) => void;

/** Waits for the results of commands. */
export interface ResultListener {
  onCommandApplied(entry: Entry, result: KvResult): void;
}

export class Applier {
  readonly #raft: Pick<RaftNode, 'applyConfigurationChange'>;
  readonly #trace: Trace;
  #stateMachine: KvStateMachine;
  #lastApplied: Index;
  readonly #listeners = new Set<AppliedListener>();

  /** @param lastApplied the last entry that the state machine has applied, of whatever type */
  constructor(
    stateMachine: KvStateMachine, lastApplied: Index, raft: Pick<RaftNode, 'applyConfigurationChange'>, trace: Trace,
  ) {
    this.#raft = raft;
    this.#trace = trace;
    this.#stateMachine = stateMachine;
    this.#lastApplied = lastApplied;
  }

  /** The last entry that was applied, of whatever type. */
  get lastApplied(): Index {
    return this.#lastApplied;
  }

  get stateMachine(): KvStateMachine {
    return this.#stateMachine;
  }

  /** Continues from a leader's snapshot. */
  install(stateMachine: KvStateMachine, lastApplied: Index): void {
    this.#stateMachine = stateMachine;
    this.#lastApplied = lastApplied;
  }

  apply(entries: readonly Entry[], listener: ResultListener, observer?: ServerObserver): void {
    for (const entry of entries) {
      const words = this.#applyEntry(entry, listener);
      const { index, term } = entry;
      this.#lastApplied = index;
      this.#trace.addDetail('applied', () => ({ type: 'applied', index, term, text: words().text }));
      if (this.#listeners.size > 0) {
        this.#tell({ index, term, ...words() });
      }
      observer?.onApplied(entry);
    }
  }

  /** Calls back with whatever is applied from now on, until the returned function is called. */
  watch(listener: AppliedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The answer to a read from what is applied so far, and the index of the last applied entry. */
  read(command: ReadCommand): { readonly result: KvResult; readonly index: Index } {
    return { result: this.#stateMachine.read(command), index: this.#lastApplied };
  }

  /** The pairs whose keys begin with `prefix`, as this node has them: possibly stale. */
  page(prefix: string, limit: number): NodeKvPage {
    const { entries, truncated } = this.#stateMachine.preview(prefix, limit, PREVIEW_CHARACTERS_MAX);
    return { lastApplied: this.#lastApplied, keyCount: this.#stateMachine.keyCount, entries, truncated };
  }

  /** The most recently used sessions. */
  sessionsPage(limit: number): SessionsPage {
    return sessionsPageOf(this.#stateMachine.sessions, this.#lastApplied, limit);
  }

  #tell(applied: Parameters<AppliedListener>[0]): void {
    for (const listener of this.#listeners) {
      listener(applied);
    }
  }

  /** @returns a function that describes what was applied */
  #applyEntry(entry: Entry, listener: ResultListener): () => AppliedWords {
    switch (entry.type) {
      case 'command': {
        const applied = this.#stateMachine.apply(entry.index, entry.data);
        listener.onCommandApplied(entry, applied.result);
        return () => ({ client: applied.entry?.client ?? null, text: describeApplied(applied) });
      }
      case 'configuration':
        this.#applyConfiguration(entry);
        return () => ({ client: null, text: 'configuration' });
      case 'no-op':
        return () => ({ client: null, text: 'no-op' });
    }
  }

  #applyConfiguration(entry: Entry): void {
    try {
      this.#raft.applyConfigurationChange(decodeConfigurationChange(entry.data));
    } catch (error) {
      // The change does not fit on any node: the configuration stays as it is on all of them.
      if (!(error instanceof ConfigurationError)) {
        throw error;
      }
    }
  }
}
