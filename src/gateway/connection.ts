/** One connection of a door: its commands in, its replies out, both in order and both within limits. */
import type { Socket } from 'node:net';
import { CLIENT_BYTES_MAX, VALUE_BYTES_MAX } from '../kv/index.ts';
import type { Index } from '../raft/index.ts';
import { Call, CommandError } from './commands/command.ts';
import type { Client, Command, CommandMode, DoorContext } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { refusalOf } from './commands/admission.ts';
import { ProtocolError } from './resp/protocolError.ts';
import type { ProtocolVersion, Reply, ReplyWriter } from './resp/replyWriter.ts';
import { RequestReader } from './resp/requestReader.ts';
import type { RequestLimits } from './resp/requestReader.ts';

/** The most commands of one connection that wait for their replies; then its bytes wait, too. */
const CALLS_MAX = 128;
/** The most bytes that wait for a client to read them; then its commands wait, too. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** The most lines that wait for a client of MONITOR, which it cannot be made to ask for one by one. */
const MONITOR_LINES_MAX = 10_000;
/** How long a client whose connection ends has to read why. */
const ENDING_MS = 2000;

export const LIMITS: RequestLimits = {
  argumentsMax: 1024,
  argumentBytesMax: VALUE_BYTES_MAX + 1024,
  commandBytesMax: 2 * VALUE_BYTES_MAX + 64 * 1024, // SET key value IFEQ value
};
/** Before the password, as in Redis: enough for HELLO and AUTH. */
const LIMITS_BEFORE_PASSWORD: RequestLimits = { argumentsMax: 10, argumentBytesMax: 16_384, commandBytesMax: 16_384 };

/** What a connection needs from its door. */
export interface ConnectionHost extends DoorContext {
  /** One for all connections of the door. */
  readonly writer: ReplyWriter;
  /** How long a client may leave its replies, or not say the password; then its connection ends. */
  readonly patienceMs: number;
  /** A part of clients' names that no other opening of a door in the lab has. */
  readonly label: string;
  /** Whether the node may be asked for more. If not, `settle` is called when it may. */
  hasRoom(connection: Connection): boolean;
  /** Calls `settle` when everything that happens now has happened: one write for all replies. */
  settleSoon(connection: Connection): void;
  /** Whether the applied entries go to this connection. */
  watch(connection: Connection, watches: boolean): void;
  began(): void;
  closed(connection: Connection): void;
}

export class Connection implements Client {
  readonly id: number;
  readonly remote: string;
  readonly openedAtMs: number;
  libraryName = '';
  libraryVersion = '';
  version: ProtocolVersion = 2;
  wrongPasswords = 0;
  readsStale = false;
  lastWriteIndex: Index = 0;
  lastCommand = '';
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #reader: RequestReader;
  readonly #onAnswered = (): void => this.#noteAnswered();
  #name = '';
  #isAuthenticated: boolean;
  #isMonitor = false;
  /** Whether the client has not taken what was written. */
  #isBehind = false;
  /** Commands whose replies have not been written, in order. */
  #calls: Call[] = [];
  #unanswered = 0;
  /** The mode of the commands under way; further ones may join them while `#runIsOpen`. */
  #runMode: CommandMode = 'local';
  #runIsOpen = false;
  /** A command that may not begin yet. */
  #waiting: readonly Buffer[] | undefined;
  /** `draining`: the client sends nothing more. `finishing`: nothing more is begun. */
  #state: 'open' | 'draining' | 'finishing' | 'ended' = 'open';

  constructor(id: number, socket: Socket, host: ConnectionHost) {
    this.id = id;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.openedAtMs = host.wallMs();
    this.#host = host;
    this.#socket = socket;
    this.#isAuthenticated = !host.hasPassword;
    this.#reader = new RequestReader(this.#isAuthenticated ? LIMITS : LIMITS_BEFORE_PASSWORD);
    if (!this.#isAuthenticated) {
      setTimeout(() => this.#endWithoutPassword(), host.patienceMs).unref();
    }
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.#reader.push(piece);
      this.settle();
    });
    socket.on('drain', () => this.settle());
    socket.on('end', () => this.#drain());
    socket.on('timeout', () => this.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#state = 'ended';
      host.closed(this);
    });
  }

  get name(): string {
    return this.#name;
  }

  /** Another name is another client to the cluster. Nothing of the former one is under way: who sets it runs alone. */
  set name(name: string) {
    if (name !== this.#name) {
      this.#host.node.left(this.clientName);
      this.#name = name;
    }
  }

  get isAuthenticated(): boolean {
    return this.#isAuthenticated;
  }

  set isAuthenticated(value: boolean) {
    this.#isAuthenticated = value;
    this.#reader.limits = value ? LIMITS : LIMITS_BEFORE_PASSWORD;
  }

  get isMonitor(): boolean {
    return this.#isMonitor;
  }

  get sendsMore(): boolean {
    return this.#state === 'open';
  }

  get clientName(): string {
    const ending = `${this.#host.label}-${this.id}`;
    return `${(this.#name === '' ? 'resp' : this.#name).slice(0, CLIENT_BYTES_MAX - ending.length - 1)}-${ending}`;
  }

  monitor(): void {
    this.#isMonitor = true;
    this.#host.watch(this, true);
  }

  reset(): void {
    this.#isMonitor = false;
    this.#host.watch(this, false);
    this.name = '';
    this.version = 2;
    this.readsStale = false;
    this.isAuthenticated = !this.#host.hasPassword;
  }

  finish(): void {
    if (this.#state !== 'ended') {
      this.#state = 'finishing';
      this.#host.settleSoon(this);
    }
  }

  /** Sends a line that no command asked for. */
  push(line: Reply): void {
    if (this.#calls.length >= MONITOR_LINES_MAX) {
      this.#endWith('ERR this MONITOR client reads too slowly: the connection ends');
      return;
    }
    const call = new Call([], this, this.#host, this.#onAnswered);
    this.#calls.push(call);
    this.#unanswered += 1;
    call.answer(line);
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#state = 'ended';
    this.#socket.destroy();
  }

  /** Writes the replies that are due and begins the commands that may begin. */
  settle(): void {
    if (this.#state === 'ended') {
      return;
    }
    this.#socket.cork();
    try {
      do {
        this.#flush();
      } while (this.#begin());
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
      this.#endWith(`ERR ${error.message}`);
    }
    this.#socket.uncork();
    this.#paceSocket();
  }

  #drain(): void {
    if (this.#state === 'open') {
      this.#state = 'draining';
      this.#host.settleSoon(this);
    }
  }

  #noteAnswered(): void {
    this.#unanswered -= 1;
    this.#host.settleSoon(this);
  }

  /** Reads on only when there is nothing left to begin: what a client sends too much of stays in its own system. */
  #paceSocket(): void {
    const isDone = this.#calls.length === 0 && (this.#state === 'finishing' || this.#waiting === undefined);
    if (isDone && (this.#state === 'finishing' || this.#state === 'draining')) {
      this.#end();
    } else if (this.#state === 'open' && !this.#isFull && this.#waiting === undefined) {
      this.#socket.resume();
    } else {
      this.#socket.pause();
    }
    this.#noteWhetherBehind();
  }

  /** Replies hold values that may be gone from the state machine: they do not wait for ever, unless some are read. */
  #noteWhetherBehind(): void {
    const isBehind = this.#socket.writableLength > 0;
    if (isBehind !== this.#isBehind) {
      this.#isBehind = isBehind;
      this.#socket.setTimeout(isBehind ? this.#host.patienceMs : 0);
    }
  }

  get #isFull(): boolean {
    return this.#calls.length >= CALLS_MAX || this.#socket.writableLength > UNREAD_BYTES_MAX;
  }

  #flush(): void {
    const { writer } = this.#host;
    let written = 0;
    for (const { reply } of this.#calls) {
      if (reply === undefined || this.#socket.writableLength + writer.length > UNREAD_BYTES_MAX) {
        break;
      }
      writer.version = this.version;
      reply(writer);
      written += 1;
    }
    if (written > 0) {
      this.#calls = written === this.#calls.length ? [] : this.#calls.slice(written);
      this.#socket.write(writer.take());
    }
  }

  /** Begins what may begin. Returns whether that was anything. */
  #begin(): boolean {
    let began = false;
    this.#runIsOpen = false;
    while ((this.#state === 'open' || this.#state === 'draining') && !this.#isFull) {
      const words = this.#waiting ?? this.#reader.next();
      this.#waiting = undefined;
      if (words === undefined) {
        break;
      }
      const name = nameIn(words);
      if (isHttp(name, words)) {
        this.destroy();
        break;
      }
      const command = COMMANDS.get(name);
      const mode = command?.modeOf?.(words) ?? command?.mode ?? 'local';
      if (!this.#mayBegin(mode)) {
        this.#waiting = words;
        break;
      }
      this.#run(name, command, mode, words);
      began = true;
    }
    return began;
  }

  /**
   * Commands on one connection take effect in the order of sending. Only neighbours of one kind that are asked in one
   * turn are under way together: the node keeps their order (docs/decisions/0097).
   */
  #mayBegin(mode: CommandMode): boolean {
    if (this.#unanswered > 0 && this.#runMode === 'alone') {
      return false;
    }
    switch (mode) {
      case 'local':
        return true;
      case 'alone':
        return this.#calls.length === 0 && this.#host.hasRoom(this);
      case 'read':
      case 'write':
        return (this.#unanswered === 0 || (this.#runIsOpen && this.#runMode === mode)) && this.#host.hasRoom(this);
    }
  }

  #run(name: string, command: Command | undefined, mode: CommandMode, words: readonly Buffer[]): void {
    const call = new Call(words, this, this.#host, this.#onAnswered);
    this.#calls.push(call);
    this.#unanswered += 1;
    this.#host.began();
    const refusal = refusalOf(call, name, command, mode);
    if (command === undefined || refusal !== undefined) {
      call.fail(refusal ?? 'ERR unknown command');
      return;
    }
    this.lastCommand = name;
    if (mode !== 'local') {
      this.#runMode = mode;
      this.#runIsOpen = mode !== 'alone';
    }
    try {
      command.run(call);
    } catch (error) {
      if (!(error instanceof CommandError)) {
        throw error;
      }
      call.fail(error.message);
    }
  }

  /** Whoever cannot come in keeps no place from those who can. */
  #endWithoutPassword(): void {
    if (!this.#isAuthenticated && this.#state !== 'ended') {
      this.#endWith('NOAUTH the password was not said in time: the connection ends');
    }
  }

  /** The last word of the connection. */
  #endWith(text: string): void {
    const { writer } = this.#host;
    this.#flush();
    this.#calls = [];
    writer.error(text);
    this.#socket.write(writer.take());
    this.#end();
  }

  #end(): void {
    this.#state = 'ended';
    this.#host.watch(this, false);
    this.#socket.end();
    this.#socket.resume(); // what still comes is dropped
    setTimeout(() => this.#socket.destroy(), ENDING_MS).unref();
  }
}

const NAME_LENGTH_MAX = 64;

function nameIn(words: readonly Buffer[]): string {
  return words[0]?.toString('latin1', 0, NAME_LENGTH_MAX).toLowerCase() ?? '';
}

const HTTP_METHODS = new Set(['connect', 'delete', 'get', 'head', 'options', 'patch', 'put', 'trace']);

/**
 * A web page may make its browser send something here: it gets no answer (as in Redis). A value may well begin with
 * `HTTP/`, but no command that takes one is called like a method.
 */
function isHttp(name: string, words: readonly Buffer[]): boolean {
  return name === 'post' || name === 'host:'
    || (HTTP_METHODS.has(name) && words[2]?.toString('latin1', 0, 5) === 'HTTP/');
}
