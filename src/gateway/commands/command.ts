/** What a command of the door is, and what it sees of its connection, its door and its node. */
import type { KvAnswer, ReadKind } from '../../contract/answers.ts';
import { isReadCommand } from '../../kv/index.ts';
import type { KvCommand } from '../../kv/index.ts';
import type { Index } from '../../raft/index.ts';
import type { DoorNode } from '../doorNode.ts';
import type { ProtocolVersion, Reply } from '../resp/replyWriter.ts';
import type { Cursors } from './cursors.ts';
import { errorReply, refusalReply } from './errors.ts';

/**
 * How a command stands to its neighbours on the connection:
 * - `local`: it touches no key, so that it begins at once, whatever is under way;
 * - `read` and `write`: asked together with the neighbours of the same kind (docs/decisions/0097);
 * - `alone`: it begins when everything before it is answered, and ends before anything after it begins.
 */
export type CommandMode = 'local' | 'read' | 'write' | 'alone';

export interface Command {
  /** In lower case. */
  readonly name: string;
  /** The number of words, the name included; a negative one: at least so many. */
  readonly arity: number;
  readonly mode: CommandMode;
  /** The mode of these words, where it depends on options. */
  readonly modeOf?: (words: readonly Buffer[]) => CommandMode;
  /** Where keys stand among the words: the first, the last (-1: to the end). Absent: it has none. */
  readonly keys?: { readonly first: number; readonly last: number };
  /** Whether its keys are read or written, where the mode does not tell. */
  readonly access?: 'read' | 'write';
  readonly group: 'string' | 'generic' | 'connection' | 'server' | 'cluster';
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Its arguments as help shows them: `key value [NX|XX]`. */
  readonly syntax?: string;
  /** Whether it may come before the password. */
  readonly needsNoPassword?: boolean;
  /** Whether it is only here to say why it is not carried out. */
  readonly isRefused?: boolean;
  /**
   * Calls `answer` once, now or later.
   * @throws {CommandError}
   */
  readonly run: (call: Call) => void;
}

/** What a command is told in place of a reply: a code in capitals and a sentence. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

/** A connection, as commands see and change it. */
export interface Client {
  readonly id: number;
  readonly remote: string;
  readonly openedAtMs: number;
  /** What the client calls itself; empty until it does. */
  name: string;
  libraryName: string;
  libraryVersion: string;
  version: ProtocolVersion;
  isAuthenticated: boolean;
  wrongPasswords: number;
  /** READONLY was said: reads are answered from this node's own state, possibly stale. */
  readsStale: boolean;
  /** The index of its last write that was answered; 0: none. */
  lastWriteIndex: Index;
  lastCommand: string;
  readonly isMonitor: boolean;
  /** False once it has closed its side of the connection, or is gone: nobody may be there who waits. */
  readonly sendsMore: boolean;
  /** The client's name in requests, unique in the lab. */
  readonly clientName: string;
  /** Sends the entries that the node applies from now on. */
  monitor(): void;
  /** As it was when it connected. */
  reset(): void;
  /** Ends the connection when everything so far is answered. */
  finish(): void;
}

/** The door, as commands see it. */
export interface DoorContext {
  readonly node: DoorNode;
  readonly address: string;
  readonly port: number;
  readonly redirects: boolean;
  readonly cursors: Cursors;
  /** All commands, by name. */
  readonly commands: ReadonlyMap<string, Command>;
  readonly openedAtMs: number;
  readonly clients: ReadonlyMap<number, Client>;
  readonly connectionsTotal: number;
  readonly commandsTotal: number;
  timeoutMs(): number;
  wallMs(): number;
  /** Whether these are the words that let a client in. */
  isPassword(password: Uint8Array): boolean;
  readonly hasPassword: boolean;
  /** Counts what is asked of the node, so that the door never asks more than the node takes. */
  asked(bytes: number): void;
  answered(bytes: number): void;
}

/** One command on its way: its words, and its reply as soon as there is one. */
export class Call {
  readonly words: readonly Buffer[];
  readonly client: Client;
  readonly door: DoorContext;
  readonly #onAnswered: () => void;
  #reply: Reply | undefined;

  constructor(words: readonly Buffer[], client: Client, door: DoorContext, onAnswered: () => void) {
    this.words = words;
    this.client = client;
    this.door = door;
    this.#onAnswered = onAnswered;
  }

  /** Undefined while it is under way. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  /** The first answer counts. */
  answer(reply: Reply): void {
    if (this.#reply === undefined) {
      this.#reply = reply;
      this.#onAnswered();
    }
  }

  /** @param text a code in capitals and a sentence */
  fail(text: string): void {
    this.answer((writer) => writer.error(text));
  }

  /**
   * Asks the node. Errors and refusals are answered here; of several questions of one command, the first error is.
   * @param read how a read is to be answered; absent: stale after READONLY, else as the lab has it
   */
  ask(command: KvCommand, answered: (answer: KvAnswer) => void, read?: ReadKind): void {
    const { client, door } = this;
    const bytes = 'value' in command ? command.value.length : 0; // what is expected is hardly ever long
    const kind = read ?? (client.readsStale ? 'stale' : undefined);
    const request = { client: client.clientName, command, timeoutMs: door.timeoutMs() };
    door.asked(bytes);
    door.node.ask(kind === undefined ? request : { ...request, read: kind }, (outcome) => {
      door.answered(bytes);
      if ('error' in outcome) {
        this.answer(errorReply(outcome.error));
      } else if (outcome.answer.result.type === 'refused') {
        this.answer(refusalReply(outcome.answer.result));
      } else {
        if (!isReadCommand(command)) {
          client.lastWriteIndex = Math.max(client.lastWriteIndex, outcome.answer.index);
        }
        answered(outcome.answer);
      }
    });
  }
}
