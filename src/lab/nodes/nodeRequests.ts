/** Requests to one node of the open lab: clients' commands, its contents, a snapshot of its state. */
import type { KvAnswer, NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import type { CommandInput, HeldAction } from '../../contract/commands.ts';
import { lostAnswerError } from '../../server/clients/unanswered.ts';
import { KV_TIMEOUT_MS } from '../../server/patience.ts';
import type { Pace } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabNodes } from './labNodes.ts';

/** All methods throw a LabError when the node cannot be asked, or ends before it has answered. */
export class NodeRequests {
  readonly #nodes: LabNodes;
  readonly #pace: () => Pace;

  constructor(nodes: LabNodes, pace: () => Pace) {
    this.#nodes = nodes;
    this.#pace = pace;
  }

  /** A client's command: within its time, and with the truth when no answer comes. */
  async kv({ node: name, command, read, traceId }: CommandInput<'kv:execute'>): Promise<KvAnswer> {
    const thread = await this.#nodes.named(name).running();
    const timeoutMs = KV_TIMEOUT_MS[this.#pace()];
    const request = {
      client: name,
      command,
      timeoutMs,
      ...(read === undefined ? {} : { read }),
      ...(traceId === undefined ? {} : { traceId }),
    };
    return thread.kv(request, lostAnswerError(name, command));
  }

  async kvPage({ node: name, prefix, limit }: CommandInput<'node:kv'>): Promise<NodeKvPage> {
    const thread = await this.#nodes.named(name).running();
    return thread.kvPage(prefix, limit);
  }

  async sessions({ node: name, limit }: CommandInput<'node:sessions'>): Promise<SessionsPage> {
    const thread = await this.#nodes.named(name).running();
    return thread.sessions(limit);
  }

  /** Delivers, loses or doubles a message that a node holds. */
  async actOnHeld(action: HeldAction, { node: name, messageId }: CommandInput<'message:deliver'>): Promise<void> {
    const thread = await this.#nodes.named(name).running();
    await thread.actOnHeld(action, messageId);
  }

  /** Has a node take a snapshot and discard the log that it covers. */
  async compact(name: NodeName): Promise<void> {
    const thread = await this.#nodes.named(name).running();
    await thread.compact();
  }
}
