/** What is asked of the nodes of a simulated lab, by clients and by the lab itself. */
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Done, LeaderCalls } from '../../membership/leaderCalls.ts';
import type { ConfigurationChange, NodeId } from '../../raft/index.ts';
import type { KvRequest, ServerAnswer, ServerRequest } from '../../server/protocol.ts';
import { KV_TIMEOUT_MS } from '../../server/patience.ts';
import type { Pace } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import type { ActionReply } from './labActions.ts';
import type { PendingAnswers, QuestionTerms, Reply, Settled } from './pendingAnswers.ts';
import { termsOfCommand, termsOfRequest } from './questionTerms.ts';

export class LabQuestions implements LeaderCalls {
  readonly answers: PendingAnswers;
  readonly #running: (name: NodeName) => SimulatedNode;

  /** @param running finds a running node, or throws a LabError */
  constructor(answers: PendingAnswers, running: (name: NodeName) => SimulatedNode) {
    this.answers = answers;
    this.#running = running;
  }

  /** A client's command. @throws {LabError} when the node does not run */
  kv({ node, command, read, traceId }: CommandInput<'kv:execute'>, pace: Pace, reply: ActionReply): void {
    const request: KvRequest = {
      client: node,
      command,
      timeoutMs: KV_TIMEOUT_MS[pace],
      ...(read === undefined ? {} : { read }),
      ...(traceId === undefined ? {} : { traceId }),
    };
    this.#ask(
      node, 'kvAnswer', (requestId) => ({ type: 'kv', requestId, request }), termsOfCommand(node, request),
      (outcome) => reply(outcome instanceof LabError ? outcome : outcome.answer),
    );
  }

  /** Something that is done or refused. @throws {LabError} when the node does not run */
  ask(name: NodeName, type: 'done', request: (requestId: number) => ServerRequest, reply: ActionReply): void {
    this.#ask(name, type, request, termsOfRequest(name), (outcome) => {
      reply(outcome instanceof LabError ? outcome : null);
    });
  }

  /** @param leader who hands over @throws {LabError} when it does not run */
  transferTo(leader: NodeName, to: NodeId, reply: ActionReply): void {
    this.#ask(
      leader, 'leadershipTransferred', (requestId) => ({ type: 'transferLeadership', requestId, to }),
      termsOfRequest(leader), (outcome) => reply(outcome instanceof LabError ? outcome : outcome.answer),
    );
  }

  // ---- As the keeper of the membership asks -------------------------------------------------------------------------

  change(leader: NodeName, change: ConfigurationChange, done: Done): void {
    this.#call(leader, 'done', (requestId) => ({ type: 'changeConfiguration', requestId, change }), done);
  }

  confirmQuorum(leader: NodeName, voters: readonly NodeId[], done: Done): void {
    this.#call(leader, 'done', (requestId) => ({ type: 'confirmQuorum', requestId, voters }), done);
  }

  transfer(leader: NodeName, to: NodeId, done: Done): void {
    this.#call(
      leader, 'leadershipTransferred', (requestId) => ({ type: 'transferLeadership', requestId, to }), done,
    );
  }

  #call(
    name: NodeName, type: ServerAnswer['type'], request: (requestId: number) => ServerRequest, done: Done,
  ): void {
    try {
      this.#ask(name, type, request, termsOfRequest(name), (outcome) => {
        done(outcome instanceof LabError ? outcome : undefined);
      });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      done(error);
    }
  }

  #ask<Type extends ServerAnswer['type']>(
    name: NodeName, type: Type, request: (requestId: number) => ServerRequest, terms: QuestionTerms,
    reply: Reply<Settled<Type>>,
  ): void {
    const node = this.#running(name);
    this.answers.ask(node.id, type, terms, (requestId) => node.handle(request(requestId)), reply);
  }
}
