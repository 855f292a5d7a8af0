/** A node for a door: one real state machine without a cluster. Its answers can be held back, or be errors. */
import type { KvAnswer, TransferAnswer } from '../../../src/contract/answers.ts';
import type { LabErrorData } from '../../../src/contract/errors.ts';
import type { AppliedCommand, DoorNode, DoorOutcome, DoorStanding } from '../../../src/gateway/doorNode.ts';
import { describeCommand, encodeKvEntry, isReadCommand, KvStateMachine } from '../../../src/kv/index.ts';
import type { KvResult } from '../../../src/kv/index.ts';
import type { NodeId } from '../../../src/raft/index.ts';
import type { KvRequest } from '../../../src/server/protocol.ts';
import { nodeNameOf } from '../../../src/trace/names.ts';

export class ScriptedNode implements DoorNode {
  readonly id: NodeId = 1;
  readonly name = 'n1';
  /** Everything that was asked, in order. */
  readonly asked: KvRequest[] = [];
  /** Changes what `standing` says. */
  changes: Partial<DoorStanding> = {};
  /** The outcome of all that is asked from now on; undefined: what the state machine says. */
  error: LabErrorData | undefined;
  /** Whether answers wait for `release`. */
  holds = false;
  /** Whether somebody else writes before each answer. */
  writeBetween = false;
  transfersTo: NodeId[] = [];
  /** The clients that have left, in order. */
  readonly gone: string[] = [];
  readonly #machine = new KvStateMachine();
  readonly #listeners = new Set<(applied: AppliedCommand) => void>();
  #held: (() => void)[] = [];
  #index = 0;

  ask(request: KvRequest, answered: (outcome: DoorOutcome<KvAnswer>) => void): void {
    this.asked.push(request);
    this.#answerLater(() => answered(this.error === undefined
      ? { answer: this.#answerTo(request) } : { error: this.error }));
  }

  transfer(to: NodeId, answered: (outcome: DoorOutcome<TransferAnswer>) => void): void {
    this.transfersTo.push(to);
    this.#answerLater(() => answered({ answer: { leader: nodeNameOf(to), term: 8, totalMs: 3 } }));
  }

  left(client: string): void {
    this.gone.push(client);
  }

  standing(): DoorStanding {
    const door = (port: number) => ({ address: '127.0.0.1', port });
    return {
      role: 'leader',
      term: 7,
      leader: 1,
      commitIndex: this.#index,
      lastApplied: this.#index,
      lastIndex: this.#index,
      keyCount: this.#machine.keyCount,
      members: [
        { id: 1, name: 'n1', isVoter: true, door: door(7001), matchIndex: this.#index },
        { id: 2, name: 'n2', isVoter: true, door: door(7002), matchIndex: this.#index },
        { id: 3, name: 'n3', isVoter: true, door: null, matchIndex: 0 },
      ],
      ...this.changes,
    };
  }

  watchApplied(listener: (applied: AppliedCommand) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get watcherCount(): number {
    return this.#listeners.size;
  }

  /** Tells those who watch of an entry. */
  tell(applied: AppliedCommand): void {
    for (const listener of this.#listeners) {
      listener(applied);
    }
  }

  /** Lets the answers go that are held back, the last one first if asked for. */
  release(order: 'in order' | 'backwards' = 'in order'): void {
    const held = this.#held;
    this.#held = [];
    for (const answer of order === 'in order' ? held : held.reverse()) {
      answer();
    }
  }

  #answerLater(answer: () => void): void {
    if (this.holds) {
      this.#held.push(answer);
    } else {
      setImmediate(answer);
    }
  }

  #answerTo(request: KvRequest): KvAnswer {
    if (this.writeBetween) {
      this.#resultOf({ client: 'other', command: { op: 'incr', key: 'others', by: 1 }, timeoutMs: 0 });
    }
    return {
      result: this.#resultOf(request),
      index: this.#index,
      term: 7,
      route: ['n1'],
      leader: 'n1',
      hops: 0,
      tries: 1,
      timing: { totalMs: 1, appendedMs: null, committedMs: null },
    };
  }

  #resultOf({ client, command }: KvRequest): KvResult {
    if (isReadCommand(command)) {
      return this.#machine.read(command);
    }
    this.#index += 1;
    const data = encodeKvEntry({ kind: 'plain', client, request: String(this.#index), command });
    const { result } = this.#machine.apply(this.#index, data);
    this.tell({ index: this.#index, term: 7, client, text: describeCommand(command) });
    return result;
  }
}
