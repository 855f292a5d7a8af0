/** What the lab asks of the cluster through one of its nodes: membership changes, and who leads. */
import type { LabErrorData } from '../../contract/errors.ts';
import { NONE, ProposalDropped } from '../../raft/index.ts';
import type { Configuration, ConfigurationChange, Message, NodeId, RaftNode, Term } from '../../raft/index.ts';
import { fullNodeName, nodeNameOf } from '../../trace/names.ts';
import type { ClusterRequest } from '../protocol.ts';
import type { AnswerOutlet, Clock } from '../world.ts';
import { QuorumConfirmations } from '../turn/quorumConfirmations.ts';

/** A leadership transfer that was requested and has not happened yet. */
interface PendingTransfer {
  readonly requestId: number;
  readonly to: NodeId;
  readonly askedAtMs: number;
  ticksLeft: number;
}

export class ClusterRequests {
  readonly #raft: RaftNode;
  readonly #clock: Clock;
  readonly #answers: Pick<AnswerOutlet, 'post'>;
  readonly #quorums: QuorumConfirmations;
  #transfers: PendingTransfer[] = [];

  constructor(raft: RaftNode, clock: Clock, answers: Pick<AnswerOutlet, 'post'>) {
    this.#raft = raft;
    this.#clock = clock;
    this.#answers = answers;
    this.#quorums = new QuorumConfirmations(raft);
  }

  ask(request: ClusterRequest): void {
    switch (request.type) {
      case 'changeConfiguration':
        this.#changeConfiguration(request.requestId, request.change);
        return;
      case 'confirmQuorum':
        this.#confirmQuorum(request.requestId, request.voters);
        return;
      case 'transferLeadership':
        this.#transferLeadership(request.requestId, request.to);
        return;
      case 'forgetLeader':
        this.#settle(request.requestId, this.#forgetLeader());
    }
  }

  /**
   * Proposes a membership change; done as soon as the leader has it in its log. The caller's view lags behind, so it
   * may ask again for a change that is already in force: that counts as done.
   */
  #changeConfiguration(requestId: number, change: ConfigurationChange): void {
    this.#settle(requestId, this.#proposeChange(change));
  }

  /** Done when this leader has heard from a majority of the voters since it was asked. */
  #confirmQuorum(requestId: number, voters: readonly NodeId[]): void {
    if (this.#raft.awaitsFirstProposal) {
      this.#fail(requestId, {
        code: 'busy',
        message: `${this.#name} has committed nothing in term ${this.#raft.term}, and without no-ops a write must do `
          + 'so first: write something',
      });
      return;
    }
    this.#quorums.ask(voters, (unheard) => {
      const names = unheard.map(fullNodeName).join(', ');
      this.#settle(requestId, unheard.length === 0
        ? undefined
        : { code: 'refused', message: `${this.#name} does not hear ${names} at the moment` });
    });
  }

  /** Hands the leadership over; answered when `to` leads, or when it is certain or likely that it will not. */
  #transferLeadership(requestId: number, to: NodeId): void {
    const raft = this.#raft;
    const refusal = this.#transferRefusal(to);
    if (refusal !== undefined) {
      this.#fail(requestId, refusal);
      return;
    }
    raft.transferLeadership(to);
    // A leader gives up after an election timeout (dissertation §3.10); the target's election may then be under way.
    const ticksLeft = 2 * raft.electionTimeoutTicks;
    this.#transfers.push({ requestId, to, askedAtMs: this.#clock.nowMs(), ticksLeft });
  }

  /** A message goes out. */
  noteSent(message: Message): void {
    this.#quorums.noteSent(message);
  }

  /** A message has come in, and is about to be stepped. */
  noteReceived(message: Message): void {
    this.#quorums.noteReceived(message);
  }

  tick(): void {
    this.#quorums.tick();
    if (this.#transfers.length === 0) {
      return;
    }
    const { role, transferee, leader } = this.#raft.status();
    this.#transfers = this.#transfers.filter((transfer) => {
      transfer.ticksLeft -= 1;
      const isGivenUp = role === 'leader' && transferee !== transfer.to;
      if (transfer.ticksLeft > 0 && !isGivenUp) {
        return true;
      }
      this.#fail(transfer.requestId, transferFailure(transfer.to, leader));
      return false;
    });
  }

  /** A leader became known; NONE: no leader is known. */
  onLeader(leader: NodeId, term: Term): void {
    if (leader === NONE) {
      return;
    }
    this.#transfers = this.#transfers.filter(({ requestId, to, askedAtMs }) => {
      if (to === leader) {
        const totalMs = this.#clock.nowMs() - askedAtMs;
        const answer = { leader: nodeNameOf(leader), term, totalMs };
        this.#answers.post({ type: 'leadershipTransferred', requestId, answer });
      }
      return to !== leader;
    });
  }

  get #name(): string {
    return nodeNameOf(this.#raft.id);
  }

  #fail(requestId: number, error: LabErrorData): void {
    this.#answers.post({ type: 'requestFailed', requestId, error });
  }

  #settle(requestId: number, error: LabErrorData | undefined): void {
    if (error === undefined) {
      this.#answers.post({ type: 'done', requestId });
    } else {
      this.#fail(requestId, error);
    }
  }

  #proposeChange(change: ConfigurationChange): LabErrorData | undefined {
    const raft = this.#raft;
    if (raft.role !== 'leader') {
      return { code: 'no-leader', message: `${this.#name} does not lead: only the leader changes the membership` };
    }
    if (isInForce(change, raft.configuration)) {
      return undefined;
    }
    const refusal = raft.configurationChangeRefusal(change);
    if (refusal !== undefined) {
      return { code: 'busy', message: `${this.#name} cannot change the membership now: ${refusal}` };
    }
    try {
      raft.proposeConfigurationChange(change);
      return undefined;
    } catch (error) {
      if (error instanceof ProposalDropped) {
        return { code: 'busy', message: `${this.#name} cannot change the membership now: ${error.message}` };
      }
      throw error;
    }
  }

  /** Lets this follower forget its leader (raft/node.ts). */
  #forgetLeader(): LabErrorData | undefined {
    const raft = this.#raft;
    const { role, leader } = raft;
    if (role === 'leader') {
      return { code: 'refused', message: `${this.#name} leads: it has no leader to forget; \`transfer\` hands over` };
    }
    if (leader === NONE) {
      return { code: 'no-leader', message: `${this.#name} knows no leader: there is nothing to forget` };
    }
    raft.forgetLeader();
    if (raft.leader === NONE) {
      return undefined;
    }
    // The core refuses only while lease reads are allowed (dissertation §6.4.1).
    return {
      code: 'refused',
      message: `${this.#name} must not forget its leader while lease reads are allowed, because a lease rests on `
        + 'followers that wait: `lease off` first',
    };
  }

  #transferRefusal(to: NodeId): LabErrorData | undefined {
    const { leader, configuration } = this.#raft;
    const name = fullNodeName(to);
    if (leader === NONE) {
      return { code: 'no-leader', message: `${this.#name} knows no leader: wait for the election` };
    }
    if (leader === to) {
      return { code: 'refused', message: `${name} leads already` };
    }
    if (configuration.voters.includes(to)) {
      return undefined;
    }
    const isLearner = configuration.learners.includes(to);
    const why = isLearner
      ? 'is a learner, and only a voter can lead: promote it first' : 'is not a member of the cluster';
    return { code: 'refused', message: `${name} ${why}` };
  }
}

/** Whether the configuration is already what the change would make it. */
function isInForce({ changes }: ConfigurationChange, configuration: Configuration): boolean {
  const { voters, learners, votersOutgoing } = configuration;
  return votersOutgoing.length === 0 && changes.length > 0 && changes.every(({ type, id }) => {
    switch (type) {
      case 'add-voter':
        return voters.includes(id);
      case 'add-learner':
        return learners.includes(id);
      case 'remove':
        return !voters.includes(id) && !learners.includes(id);
      case 'update':
        return true;
    }
  });
}

function transferFailure(to: NodeId, leader: NodeId): LabErrorData {
  const name = fullNodeName(to);
  const now = leader === NONE ? 'no node leads at the moment' : `${fullNodeName(leader)} leads`;
  return {
    code: 'transfer-failed',
    message: `${name} did not take over in time, ${now}: see whether ${name} runs and can be reached, then ask again`,
  };
}
