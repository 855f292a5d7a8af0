/** One life of a node: its thread, here or on another machine, what is asked of it, and how it ended. */
import type { KvAnswer, NodeKvPage, SessionsPage, TransferAnswer } from '../../contract/answers.ts';
import type { HeldAction } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { ConfigurationChange, NodeId } from '../../raft/index.ts';
import type { LabToNode, NodeToLab } from '../../node/protocol.ts';
import type { KvRequest } from '../../server/protocol.ts';
import type { NodeTraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LaunchNode, NodeLink } from './nodeLink.ts';

/** The node itself answers or gives up a client's command; this is for a node that is paused in between. */
const GRACE_MS = 1000;
/**
 * How long the lab waits for a node's answer to anything else, whatever has happened to the node. It is more than the
 * two election timeouts at the slowest pace (10 s) after which a node gives up a transfer by itself.
 */
const ANSWER_LIMIT_MS = 15_000;
/** A snapshot of much data takes longer. */
const COMPACT_LIMIT_MS = 60_000;
/** Opening and checking a large file takes seconds; a node that takes longer than this may still start later. */
const START_LIMIT_MS = 60_000;
/** A thread on this machine ends at once; one on another machine has ended when that machine says so. */
const EXIT_LIMIT_MS = 10_000;

export interface NodeThreadListener {
  onEvents(events: readonly NodeTraceEvent[], dropped: number): void;
  onOperations(operations: readonly ClientOperation[]): void;
  onStarted(port: number): void;
  /** The node now receives at another port: it left a flooded one, or is back at its own. */
  onMoved(port: number): void;
  /** The node ended itself and has said so in an event. */
  onFailed(error: LabErrorData): void;
  /** The thread ended without a message: a bug, or memory ran out. */
  onDied(message: string): void;
}

/** A node's answer to a question from the lab. */
type Answer = KvAnswer | NodeKvPage | SessionsPage | TransferAnswer | null;

interface Question {
  readonly resolve: (value: Answer) => void;
  readonly reject: (error: LabError) => void;
  /** The error for when the thread ends without an answer. */
  readonly onLost: LabErrorData;
  /** Whether it continues to wait while the node is paused: a client's command has its own time limit. */
  readonly outlastsPause: boolean;
  /** Ends the wait for an answer. */
  readonly timer: NodeJS.Timeout;
}

interface AskOptions {
  readonly limitMs?: number;
  readonly onLost?: LabErrorData;
  /** The error for when no answer comes in time; absent: one that says that the node may still do it. */
  readonly onSilent?: LabErrorData;
  readonly outlastsPause?: boolean;
}

export class NodeThread {
  readonly #name: NodeName;
  /** Resolves when the node runs; rejects with a LabError when it failed, was ended before, or takes too long. */
  readonly started: Promise<void>;
  /** Resolves when the thread has ended and released its locks and its port. */
  readonly exited: Promise<void>;
  readonly #link: NodeLink;
  readonly #listener: NodeThreadListener;
  readonly #questions = new Map<number, Question>();
  #resolveStarted: () => void = () => undefined;
  #resolveExited: () => void = () => undefined;
  #rejectStarted: (error: LabError) => void = () => undefined;
  readonly #startTimer: NodeJS.Timeout;
  #questionCount = 0;
  /** Whether its end is expected: asked for, or announced by the node. */
  #isEnding = false;
  #isLost = false;

  constructor(name: NodeName, launch: LaunchNode, listener: NodeThreadListener) {
    this.#name = name;
    this.#listener = listener;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    // A failed start that nobody waits for must not count as an unhandled rejection.
    this.started.catch(() => undefined);
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
    this.#startTimer = setTimeout(() => this.#rejectStarted(new LabError(
      'node-starting', `${name} has not started within ${START_LIMIT_MS / 1000} s: wait, or crash it`,
    )), START_LIMIT_MS);
    this.#link = launch({
      onMessage: (message) => this.#receive(message),
      onExit: (reason) => {
        this.#onExit(reason);
      },
    });
  }

  post(message: LabToNode): void {
    this.#link.post(message);
  }

  /**
   * Pauses the thread wherever it is. Open questions fail, except clients' commands, which have their own time limit.
   * @throws {LabError} `refused` when its machine does not allow it, or does not answer
   */
  async pause(): Promise<void> {
    await this.#do('paused', () => this.#link.pause());
    const message = `node ${this.#name} was paused before it answered: it may carry out the request when it is resumed`;
    for (const [requestId, { outlastsPause }] of [...this.#questions]) {
      if (!outlastsPause) {
        this.#giveUp(requestId, { code: 'node-paused', message });
      }
    }
  }

  /** @throws {LabError} as `pause` */
  resume(): Promise<void> {
    return this.#do('resumed', () => this.#link.resume());
  }

  /** @throws {LabError} the node's, or `onLost` when the thread ends first, or does not answer in time */
  async kv(request: KvRequest, onLost: LabErrorData): Promise<KvAnswer> {
    const answer = await this.#ask((requestId) => ({ type: 'kv', requestId, request }), {
      limitMs: request.timeoutMs + GRACE_MS, onLost, onSilent: onLost, outlastsPause: true,
    });
    return answer as KvAnswer; // the answer's type follows from the question's
  }

  /** @throws {LabError} the node's, or when it ends first */
  async kvPage(prefix: string, limit: number): Promise<NodeKvPage> {
    const page = await this.#ask((requestId) => ({ type: 'kvPage', requestId, prefix, limit }));
    return page as NodeKvPage; // the answer's type follows from the question's
  }

  /** @throws {LabError} the node's, or when it ends first */
  async sessions(limit: number): Promise<SessionsPage> {
    const page = await this.#ask((requestId) => ({ type: 'sessions', requestId, limit }));
    return page as SessionsPage; // the answer's type follows from the question's
  }

  /** Resolves when `to` leads. @throws {LabError} when that is not possible, or has not happened in time */
  async transferLeadership(to: NodeId): Promise<TransferAnswer> {
    const answer = await this.#ask((requestId) => ({ type: 'transferLeadership', requestId, to }));
    return answer as TransferAnswer; // the answer's type follows from the question's
  }

  /** @throws {LabError} when the node leads, or must not forget its leader */
  async forgetLeader(): Promise<void> {
    await this.#ask((requestId) => ({ type: 'forgetLeader', requestId }));
  }

  /** @throws {LabError} when the node does not lead, or may not make the change now */
  async changeConfiguration(change: ConfigurationChange): Promise<void> {
    await this.#ask((requestId) => ({ type: 'changeConfiguration', requestId, change }));
  }

  /** @throws {LabError} when the node does not lead, or does not hear a majority of these voters now */
  async confirmQuorum(voters: readonly NodeId[]): Promise<void> {
    await this.#ask((requestId) => ({ type: 'confirmQuorum', requestId, voters }));
  }

  /** @throws {LabError} `not-held` when the node no longer holds the message */
  async actOnHeld(action: HeldAction, messageId: string): Promise<void> {
    await this.#ask((requestId) => ({ type: 'heldMessage', requestId, action, messageId }));
  }

  /**
   * Resolves when the node has taken a snapshot and discarded the log that it covers.
   * @throws {LabError} the node's, or when it ends first
   */
  async compact(): Promise<void> {
    await this.#ask((requestId) => ({ type: 'compact', requestId }), {
      limitMs: COMPACT_LIMIT_MS,
      onLost: { code: 'node-crashed', message: `${this.#name} ended before its log was compacted: restart it` },
    });
  }

  /**
   * Stops the node cleanly, or by force when that takes longer than `limitMs`. If its machine does not allow that, the
   * node stays there, and its messages are ignored from now on.
   */
  async stop(limitMs: number): Promise<void> {
    this.#isEnding = true;
    const ignore = (): void => undefined;
    this.#link.resume().catch(ignore);
    this.post({ type: 'stop' });
    if (await this.#exitsWithin(limitMs)) {
      return;
    }
    this.#link.terminate().catch(ignore);
    if (!await this.#exitsWithin(limitMs)) {
      this.lose();
    }
  }

  /**
   * Ends the thread wherever it is; no further code of the node runs.
   * @throws {LabError} as `pause`, or `busy` when it takes too long
   */
  async terminate(): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#do('ended', () => this.#link.terminate());
    } catch (error) {
      this.#isEnding = this.#isLost;
      throw error;
    }
    if (!await this.#exitsWithin(EXIT_LIMIT_MS)) {
      const limit = `${EXIT_LIMIT_MS / 1000} s`;
      throw new LabError('busy', `${this.#name} has not ended within ${limit}: it is still being ended`);
    }
  }

  /** The connection to the thread is lost: open questions fail, and its messages are ignored from now on. */
  lose(): void {
    this.#isLost = true;
    this.#isEnding = true;
    this.#onExit('its machine is not connected');
  }

  /** The only way to ask a node something: whatever happens to the node, an answer or an error comes in time. */
  #ask(make: (requestId: number) => LabToNode, options: AskOptions = {}): Promise<Answer> {
    const {
      limitMs = ANSWER_LIMIT_MS,
      onLost = { code: 'node-crashed', message: `node ${this.#name} ended before it answered` },
      onSilent = {
        code: 'busy',
        message: `node ${this.#name} has not answered within ${limitMs / 1000} s: it may still carry out the request`,
      },
      outlastsPause = false,
    } = options;
    this.#questionCount += 1;
    const requestId = this.#questionCount;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(requestId, onSilent), limitMs);
      this.#questions.set(requestId, { resolve, reject, onLost, outlastsPause, timer });
      this.post(make(requestId));
    });
  }

  #giveUp(requestId: number, { code, message }: LabErrorData): void {
    this.#take(requestId)?.reject(new LabError(code, message));
  }

  async #do(what: 'paused' | 'resumed' | 'ended', act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LabError('refused', `${this.#name} could not be ${what}: ${reason}`);
    }
  }

  async #exitsWithin(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    try {
      return await Promise.race([this.exited.then(() => true), limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: NodeToLab): void {
    if (this.#isLost) {
      return;
    }
    switch (message.type) {
      case 'started':
        clearTimeout(this.#startTimer);
        this.#resolveStarted();
        this.#listener.onStarted(message.port);
        return;
      case 'moved':
        this.#listener.onMoved(message.port);
        return;
      case 'events':
        this.#listener.onEvents(message.events, message.dropped);
        return;
      case 'operations':
        this.#listener.onOperations(message.operations);
        return;
      case 'kvAnswer':
        this.#take(message.requestId)?.resolve(message.answer);
        return;
      case 'kvPage':
        this.#take(message.requestId)?.resolve(message.page);
        return;
      case 'sessions':
        this.#take(message.requestId)?.resolve(message.page);
        return;
      case 'leadershipTransferred':
        this.#take(message.requestId)?.resolve(message.answer);
        return;
      case 'done':
        this.#take(message.requestId)?.resolve(null);
        return;
      case 'requestFailed':
        this.#take(message.requestId)?.reject(new LabError(message.error.code, message.error.message));
        return;
      case 'failed':
        this.#isEnding = true;
        this.#rejectStarted(new LabError(message.error.code, message.error.message));
        this.#listener.onFailed(message.error);
        return;
      case 'stopped':
        this.#isEnding = true;
    }
  }

  #take(requestId: number): Question | undefined {
    const question = this.#questions.get(requestId);
    this.#questions.delete(requestId);
    clearTimeout(question?.timer);
    return question;
  }

  #onExit(reason: string): void {
    const name = this.#name;
    const message = `the thread of ${name} ended unexpectedly (${reason}): restart ${name}`;
    const beforeStart = this.#isEnding ? `${name} was ended before it had started` : message;
    clearTimeout(this.#startTimer);
    this.#rejectStarted(new LabError('node-failed', beforeStart));
    for (const [requestId, { onLost }] of [...this.#questions]) {
      this.#giveUp(requestId, onLost);
    }
    this.#resolveExited();
    if (!this.#isEnding) {
      this.#listener.onDied(message);
    }
  }
}
