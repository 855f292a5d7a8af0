/** A node as its door sees it: what clients ask goes to the server, and the server's answers come back here. */
import type { KvAnswer, TransferAnswer } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { AppliedCommand, DoorMember, DoorNode, DoorOutcome, DoorStanding } from '../../gateway/doorNode.ts';
import type { NodeId } from '../../raft/index.ts';
import type { ServerParts } from '../../server/parts.ts';
import type { KvRequest, ServerAnswer, ServerRequest } from '../../server/protocol.ts';
import type { DoorPlace } from '../../trace/door.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { LOOPBACK } from '../../trace/network.ts';
import { Outlet } from '../outlet.ts';

export interface DoorRequestsOptions {
  readonly name: NodeName;
  readonly id: NodeId;
  /** Where the node's socket is bound. */
  readonly address: string;
  readonly parts: Pick<ServerParts, 'raft' | 'applier' | 'network' | 'clients'>;
  /** Lets the server carry something out. An error ends the node. */
  readonly handle: (request: ServerRequest) => void;
  /** Where the node's own door is; null while it is closed. */
  readonly ownDoor: () => DoorPlace | null;
}

type Answered<Answer> = (outcome: DoorOutcome<Answer>) => void;

export class DoorRequests implements DoorNode {
  readonly #options: DoorRequestsOptions;
  readonly #commands = new Map<number, Answered<KvAnswer>>();
  readonly #transfers = new Map<number, Answered<TransferAnswer>>();
  /** What the server answers while it is asked, and in one turn, is passed on together afterwards. */
  readonly #answers = new Outlet<ServerAnswer>((answers) => answers.forEach((answer) => this.#pass(answer)));
  #askedCount = 0;
  #hasEnded = false;

  constructor(options: DoorRequestsOptions) {
    this.#options = options;
  }

  get name(): NodeName {
    return this.#options.name;
  }

  get id(): NodeId {
    return this.#options.id;
  }

  ask(request: KvRequest, answered: Answered<KvAnswer>): void {
    const requestId = this.#newId();
    this.#commands.set(requestId, answered);
    this.#handle({ type: 'kv', requestId, request });
  }

  transfer(to: NodeId, answered: Answered<TransferAnswer>): void {
    const requestId = this.#newId();
    this.#transfers.set(requestId, answered);
    this.#handle({ type: 'transferLeadership', requestId, to });
  }

  left(client: string): void {
    this.#options.parts.clients.forget(client);
  }

  standing(): DoorStanding {
    const { raft, applier } = this.#options.parts;
    const { role, term, leader, commitIndex, lastApplied, lastIndex, configuration, progress } = raft.status();
    const { voters, votersOutgoing, learners, learnersNext } = configuration;
    const ids = [...new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext])].sort((a, b) => a - b);
    const matches = new Map(progress.map(({ id, matchIndex }) => [id, matchIndex]));
    return {
      role, term, leader, commitIndex, lastApplied, lastIndex,
      keyCount: applier.stateMachine.keyCount,
      members: ids.map((id): DoorMember => ({
        id,
        name: nodeNameOf(id),
        isVoter: voters.includes(id) || votersOutgoing.includes(id),
        door: this.#doorOf(id),
        matchIndex: matches.get(id) ?? null,
      })),
    };
  }

  watchApplied(listener: (applied: AppliedCommand) => void): () => void {
    return this.#options.parts.applier.watch(listener);
  }

  /** Whether an answer of the server is for a client of the door. */
  awaits(answer: ServerAnswer): boolean {
    return answer.requestId < 0;
  }

  /** Takes an answer that the door awaits. */
  take(answer: ServerAnswer): void {
    this.#answers.post(answer);
  }

  /** The node has ended, and its server has answered what it could: the rest is answered here. */
  end(): void {
    this.#hasEnded = true;
    this.#answers.flush();
    const { name } = this;
    const error = { code: 'node-stopped', message: `node ${name} ended before it answered: ask another node` } as const;
    const transfers = [...this.#transfers.values()];
    this.#transfers.clear();
    transfers.forEach((answered) => answered({ error }));
  }

  /** The lab counts its requests upwards from 1, the door downwards from -1. */
  #newId(): number {
    this.#askedCount += 1;
    return -this.#askedCount;
  }

  #handle(request: ServerRequest & { readonly requestId: number }): void {
    if (this.#hasEnded) {
      const error: LabErrorData = { code: 'node-stopped', message: `node ${this.name} has ended: ask another node` };
      this.take({ type: 'requestFailed', requestId: request.requestId, error });
      return;
    }
    this.#options.handle(request);
  }

  #pass(answer: ServerAnswer): void {
    const { requestId } = answer;
    const command = this.#commands.get(requestId);
    const transfer = this.#transfers.get(requestId);
    this.#commands.delete(requestId);
    this.#transfers.delete(requestId);
    switch (answer.type) {
      case 'kvAnswer':
        command?.({ answer: answer.answer });
        return;
      case 'leadershipTransferred':
        transfer?.({ answer: answer.answer });
        return;
      case 'requestFailed':
        command?.({ error: answer.error });
        transfer?.({ error: answer.error });
        return;
      case 'kvPage':
      case 'sessions':
      case 'done': // the door asks for none of these
    }
  }

  /** Null also for a door on another machine's loopback: nobody here could go through it. */
  #doorOf(id: NodeId): DoorPlace | null {
    const { id: own, address, ownDoor, parts } = this.#options;
    if (id === own) return ownDoor();
    const peer = parts.network.peers.inBook(id);
    if (peer?.door === undefined) return null;
    return peer.door.address === LOOPBACK && peer.address !== address ? null : peer.door;
  }
}
