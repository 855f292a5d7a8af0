/** What a server needs from the world in which it runs: a machine's own clock, socket and file, or simulated ones. */
import type { NodeId } from '../raft/index.ts';
import type { Circumstances } from '../trace/events.ts';
import type { ClientOperation } from '../trace/operations.ts';
import type { Crc32, Opener, Sealer } from '../wire/index.ts';
import type { LogStore } from './logStore.ts';
import type { ServerObserver } from './observer.ts';
import type { PassedTicks } from './pace.ts';
import type { NodeTraceBody, ServerAnswer } from './protocol.ts';
import type { EmitDetail } from './trace/details.ts';

/** An action that waits for its time. */
export interface Timer {
  /** The action will not happen. Does nothing after it has happened. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds that only go forward, with a fraction: for durations. */
  nowMs(): number;
  /** The time of trace events: milliseconds since 1970, in a simulation since it began. */
  traceMs(): number;
  /** Lets an action happen later. It never happens before this call returns. */
  after(delayMs: number, action: () => void): Timer;
}

/** Calls the server's turns, and counts its ticks. */
export interface Pacemaker {
  readonly tickMs: number;
  setTickMs(tickMs: number): void;
  /** The ticks that have passed since the turn began, or since the last call. They are in no later turn. */
  takeTicks(): PassedTicks;
  /** Asks for a turn, after everything that has arrived by then. */
  schedule(): void;
}

/** Where datagrams leave. They may be lost, doubled, late and overtaken. */
export interface Transport {
  send(bytes: Uint8Array, port: number, address: string): void;
}

/** The way to whoever asks the server. */
export interface AnswerOutlet {
  post(answer: ServerAnswer): void;
  /** Sends now what has been posted. */
  flush(): void;
}

/** Takes what happens in a node, for whoever watches. */
export interface Trace {
  add(body: NodeTraceBody & Circumstances): void;
  /** Takes a detail that is costly to make: it is made only when it is reported. */
  readonly addDetail: EmitDetail;
  /** Takes what is newly known of a client's operation. It is always told, however busy the node is. */
  operation(operation: ClientOperation): void;
  /** Sends now what has gathered. */
  flush(): void;
}

/** A SHA-256 that is computed piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** 32 bytes. Must be called once, at the end. */
  digest(): Uint8Array;
}

/** Makes what seals and opens datagrams on a LAN. */
export interface Seals {
  /** @throws RangeError when the secret has the wrong length */
  newSealer(secret: Uint8Array, labId: string, sender: NodeId, boot: number): Sealer;
  /** @param secrets the current one and, for a moment after a change, the one before */
  newOpener(secrets: readonly Uint8Array[], labId: string): Opener;
}

export interface ServerWorld {
  readonly clock: Clock;
  readonly pacemaker: Pacemaker;
  readonly transport: Transport;
  readonly store: LogStore;
  readonly trace: Trace;
  readonly answers: AnswerOutlet;
  readonly newSha256: () => Sha256;
  readonly crc32: Crc32;
  /** Undefined where datagrams are never sealed. */
  readonly seals?: Seals;
  /** Watches what the server does, as the simulator's checks do. */
  readonly observer?: ServerObserver;
}
