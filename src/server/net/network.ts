/** A node's network: sends messages as datagrams through the link faults, and checks and decodes what arrives. */
import type { Message, NodeId } from '../../raft/index.ts';
import type { DatagramCounters, DropReason, LinkFaults, MessageSummary } from '../../trace/events.ts';
import {
  bodyBytesMax, decodeDatagram, decodeWholeBody, encodeDatagram, HEADER_BYTES, messageIdOf,
  MessageTooLongError, ReplayWindow,
} from '../../wire/index.ts';
import type { Body, DatagramContent, DatagramHeader, Fragment, SnapshotMessage } from '../../wire/index.ts';
import { summaryOf } from '../../trace/messageSummary.ts';
import { Counters } from '../trace/counters.ts';
import { HeldMessages } from './heldMessages.ts';
import { LargeMessages } from './largeMessages.ts';
import { LinkFaultInjector } from './linkFaults.ts';
import { MessageBodies } from './messageBodies.ts';
import type { NetworkSettings } from './networkSettings.ts';
import { isSnapshotMessage, summaryOfAny } from './outbox.ts';
import type { NodeMessage, Outgoing, OutgoingMessage } from './outbox.ts';
import { Peers } from './peers.ts';
import type { PeerAddress } from '../protocol.ts';
import { Sealing } from './sealing.ts';
import { Strangers } from './strangers.ts';
import type { ServerWorld } from '../world.ts';

/** Takes what arrives and passes every check. */
export interface NetworkReceiver {
  receive(message: Message, messageId: string): void;
  /** A part of a snapshot arrived, or the answer to one. */
  receiveSnapshotMessage(message: SnapshotMessage, messageId: string): void;
  /** A message was given up: its receiver is unreachable, or slower than messages come. */
  noteUndelivered(message: NodeMessage): void;
}

export interface NetworkOptions extends NetworkSettings {
  readonly boot: number;
  /** The secret that seals datagrams; undefined: they are not sealed. */
  readonly datagramSecret: Uint8Array | undefined;
  readonly world: Pick<ServerWorld, 'clock' | 'crc32' | 'seals' | 'trace' | 'transport'>;
  readonly receiver: NetworkReceiver;
}

interface OutgoingDatagram {
  readonly to: NodeId;
  readonly bytes: Uint8Array;
  /** Undefined for a fragment or the acknowledgement of fragments: no message is lost with it. */
  readonly outgoing: Outgoing | undefined;
}

export class Network {
  readonly peers = new Peers();
  readonly #options: NetworkOptions;
  readonly #labDigest: Uint8Array;
  readonly #bodies: MessageBodies;
  readonly #counters = new Counters();
  readonly #faults: LinkFaultInjector<OutgoingDatagram>;
  readonly #largeMessages: LargeMessages;
  readonly #held: HeldMessages;
  readonly #replayWindow = new ReplayWindow();
  readonly #sealing: Sealing;
  readonly #strangers = new Strangers();
  #counter = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#labDigest = options.labDigest;
    const { world: { clock } } = options;
    this.#bodies = new MessageBodies(clock);
    this.#sealing = new Sealing(options.world, options.labId, options.id, options.boot, options.datagramSecret);
    this.#faults = new LinkFaultInjector({
      clock,
      random: options.random,
      transmit: (datagram) => this.#transmit(datagram),
      onDropped: (datagram, reason) => this.#dropOutgoing(datagram, reason),
    });
    this.#largeMessages = new LargeMessages({
      clock,
      crc32: options.world.crc32,
      boot: options.boot,
      datagramBytesMax: options.datagramBytesMax,
      transmit: (to, body) => this.#sendBody(to, body, this.#takeNumber(), undefined),
      dispatch: (message) => this.#forward(message),
      onRetransmitted: () => this.#counters.countRetransmitted(),
      onGivenUp: (current, waiting) => this.#onGivenUp(current, waiting),
      onAbandoned: (message) => this.#dropIncoming({ ...message, counter: message.message }, 'incomplete'),
    });
    this.#held = new HeldMessages({
      trace: options.world.trace,
      newId: () => this.#idOf(this.#takeNumber()),
      forward: (message) => this.#forward(message),
      onLost: (reason) => this.#counters.countDropped(reason),
    });
  }

  /** Whether members would follow this node to another address (#follow). */
  get isFollowed(): boolean {
    return this.#sealing.opener !== undefined;
  }

  setPeers(peers: readonly PeerAddress[]): void {
    this.peers.set(peers);
    this.#largeMessages.retain((id) => this.peers.isKnown(id));
    this.#held.releaseFreed((id) => this.peers.isKnown(id));
  }

  /** Seals datagrams with another secret from now on. */
  setSecret(secret: Uint8Array): void {
    this.#sealing.change(secret);
  }

  setFaults(faults: Readonly<Record<NodeId, LinkFaults>>): void {
    this.#faults.setFaults(faults);
    const isNewlyHeld = this.#held.setHolds(faults);
    for (const message of this.#largeMessages.takeWaiting(isNewlyHeld)) {
      this.#held.hold(message);
    }
    this.#held.releaseFreed((id) => this.peers.isKnown(id));
  }

  /** Sends a message, or holds it where a person wants that. */
  send(message: NodeMessage): void {
    if (this.#held.catches(message)) {
      this.#held.hold(message);
    } else {
      this.#forward(message);
    }
  }

  /** Messages in the hand: what is held, and what a person does to it. */
  get held(): Pick<HeldMessages, 'act' | 'restated'> {
    return this.#held;
  }

  /**
   * Sends a message, in fragments when it is too long for a datagram. While one in fragments is under way, further ones
   * to the same receiver wait for it. All AppendEntries wait as well, because their order matters. Everything else
   * overtakes it, so that no election is held because heartbeats are late. Only what goes in fragments is repeated.
   */
  #forward(message: NodeMessage): void {
    const isBusy = this.#largeMessages.isBusy(message.to);
    if (isBusy && message.type === 'AppendEntries') {
      this.#wait(message);
      return;
    }
    const body = this.#encode(message);
    if (body === undefined) {
      return;
    }
    const fits = body.length <= bodyBytesMax(this.#options.datagramBytesMax);
    if (isBusy && !fits) {
      this.#wait(message);
      return;
    }
    const outgoing = this.#numbered(message);
    this.#emitSent(message.to, outgoing, body.length);
    if (fits) {
      this.#sendBody(message.to, [body], outgoing.number, outgoing);
    } else {
      this.#largeMessages.begin(outgoing, body);
    }
  }

  /** Whether a message in fragments is under way to a node. */
  isSendingTo(id: NodeId): boolean {
    return this.#largeMessages.isBusy(id);
  }

  /**
   * Takes a datagram.
   * @returns whether it came from an address at which no node is known to be
   */
  receive(bytes: Uint8Array, address: string, port: number): boolean {
    const isStranger = !this.peers.isAt(address, port);
    this.#receive(bytes, address, port, isStranger);
    return isStranger;
  }

  /** The system refused a datagram. */
  noteSendFailed(): void {
    this.#counters.countDropped('send-failed');
  }

  /** Counts a message that its receiver could not take. */
  countDropped(reason: DropReason): void {
    this.#counters.countDropped(reason);
  }

  /** The counters, if any has changed since the last call. Must be called once a tick. */
  takeCounters(): DatagramCounters | undefined {
    this.#strangers.tick();
    return this.#counters.takeIfChanged();
  }

  close(): void {
    this.#largeMessages.close();
    this.#faults.close();
    this.#sealing.close();
  }

  #transmit(datagram: OutgoingDatagram): void {
    const peer = this.peers.addressOf(datagram.to);
    if (peer === undefined) {
      this.#dropOutgoing(datagram, 'send-failed');
      return;
    }
    this.#counters.countSent(datagram.bytes.length);
    this.#options.world.transport.send(datagram.bytes, peer.port, peer.address);
  }

  #takeNumber(): number {
    this.#counter += 1;
    return this.#counter;
  }

  #numbered(message: NodeMessage): OutgoingMessage {
    return { message, number: this.#takeNumber(), summary: () => summaryOfAny(message) };
  }

  #idOf(counter: number): string {
    const { id, boot } = this.#options;
    return messageIdOf({ sender: id, boot, counter });
  }

  #encode(message: NodeMessage): Uint8Array | undefined {
    try {
      return this.#bodies.encode(message);
    } catch (error) {
      if (!(error instanceof MessageTooLongError)) {
        throw error;
      }
      this.#lose(this.#numbered(message), 'too-long');
      return undefined;
    }
  }

  #wait(message: NodeMessage): void {
    if (!this.#largeMessages.wait(message)) {
      this.#lose(this.#numbered(message), 'queue-full');
    }
  }

  #sendBody(to: NodeId, body: Body, counter: number, outgoing: OutgoingDatagram['outgoing']): void {
    const { id, boot, datagramBytesMax } = this.#options;
    const header = { sender: id, receiver: to, boot, counter };
    const datagram = encodeDatagram(body, this.#labDigest, header, datagramBytesMax);
    this.#faults.send({ to, bytes: this.#sealing.seal(datagram, header), outgoing });
  }

  #dropOutgoing({ to, outgoing }: OutgoingDatagram, reason: DropReason): void {
    this.#counters.countDropped(reason);
    if (outgoing !== undefined) {
      this.#emitDropped(to, outgoing, reason);
    }
  }

  #onGivenUp(current: OutgoingMessage, waiting: readonly NodeMessage[]): void {
    this.#lose(current, 'incomplete');
    for (const message of waiting) {
      this.#options.receiver.noteUndelivered(message);
    }
  }

  /** Reports a message that will not arrive. Only this node can know of it. */
  #lose(outgoing: OutgoingMessage, reason: DropReason): void {
    this.#counters.countDropped(reason);
    this.#emitDropped(outgoing.message.to, outgoing, reason);
    this.#options.receiver.noteUndelivered(outgoing.message);
  }

  #emitSent(to: NodeId, outgoing: Outgoing, bodyBytes: number): void {
    this.#options.world.trace.addDetail('messageSent', () => ({
      type: 'messageSent', messageId: this.#idOf(outgoing.number), to, message: outgoing.summary(),
      bytes: HEADER_BYTES + bodyBytes,
    }));
  }

  #emitDropped(to: NodeId, outgoing: Outgoing, reason: DropReason): void {
    this.#options.world.trace.addDetail('messageDropped', () => (
      { type: 'messageDropped', messageId: this.#idOf(outgoing.number), to, reason, message: outgoing.summary() }
    ));
  }

  #emitReceived(messageId: string, from: NodeId, summary: () => MessageSummary, bytes: number): void {
    this.#options.world.trace.addDetail('messageReceived', () => (
      { type: 'messageReceived', messageId, from, message: summary(), bytes, cause: { by: 'message', messageId } }
    ));
  }

  #receive(bytes: Uint8Array, address: string, port: number, isStranger: boolean): void {
    this.#counters.countReceived(bytes.length);
    if (isStranger && !this.#strangers.admit()) {
      this.#counters.countDropped('flooded');
      return;
    }
    const decoded = decodeDatagram(bytes, { labDigest: this.#labDigest, opener: this.#sealing.opener });
    if (!decoded.ok) {
      this.#counters.countDropped(decoded.reason);
      const { reason } = decoded;
      this.#options.world.trace.addDetail('messageDropped', () => ({ type: 'messageDropped', reason }));
      return;
    }
    const reason = this.#refusal(decoded.header);
    if (reason === undefined) {
      if (isStranger) {
        this.#follow(decoded.header, address, port);
      }
      this.#take(decoded.header, decoded, bytes.length);
    } else if (decoded.kind === 'message') {
      this.#dropIncoming(decoded.header, reason, decoded.message);
    } else {
      this.#counters.countDropped(reason);
    }
  }

  /**
   * A node that can seal is a member, wherever it is now: addresses change on a LAN (DHCP, a laptop that slept), and
   * ports in a flood. A datagram that was overtaken tells only where its sender was before (as in RFC 9000 §9.3).
   */
  #follow(header: DatagramHeader, address: string, port: number): void {
    if (this.#sealing.opener !== undefined && this.#replayWindow.isLatest(header)) {
      this.peers.follow(header.sender, address, port);
    }
  }

  #take(header: DatagramHeader, content: DatagramContent, bytes: number): void {
    switch (content.kind) {
      case 'message':
        this.#deliver(header, content.message, bytes);
        return;
      case 'fragment':
        this.#takeFragment(header, content.fragment);
        return;
      case 'received':
        if (!this.#largeMessages.acceptReceived(header, content.received)) {
          this.#counters.countDropped('malformed');
        }
        return;
      case 'snapshot':
        this.#deliver(header, content.snapshotMessage, bytes);
    }
  }

  #takeFragment(header: DatagramHeader, fragment: Fragment): void {
    const outcome = this.#largeMessages.acceptFragment(header, fragment);
    if (outcome.type === 'refused') {
      this.#counters.countDropped(outcome.reason);
    } else if (outcome.type === 'complete') {
      const content = decodeWholeBody(header, outcome.body);
      const name = { ...header, counter: fragment.message };
      if (content === undefined) {
        this.#dropIncoming(name, 'malformed');
      } else {
        this.#take(name, content, HEADER_BYTES + outcome.body.length);
      }
    }
  }

  /** @param header with the message's number as its counter, when it came in fragments */
  #deliver(header: DatagramHeader, message: NodeMessage, bytes: number): void {
    const messageId = messageIdOf(header);
    this.#emitReceived(messageId, header.sender, () => summaryOfAny(message), bytes);
    if (isSnapshotMessage(message)) {
      this.#options.receiver.receiveSnapshotMessage(message, messageId);
    } else {
      this.#options.receiver.receive(message, messageId);
    }
  }

  #dropIncoming(header: Omit<DatagramHeader, 'receiver'>, reason: DropReason, message?: Message): void {
    this.#counters.countDropped(reason);
    this.#options.world.trace.addDetail('messageDropped', () => ({
      type: 'messageDropped',
      messageId: messageIdOf(header),
      from: header.sender,
      to: this.#options.id,
      reason,
      ...(message === undefined ? {} : { message: summaryOf(message) }),
    }));
  }

  #refusal(header: DatagramHeader): DropReason | undefined {
    if (header.receiver !== this.#options.id) {
      return 'not-for-me';
    }
    if (!this.peers.isKnown(header.sender)) {
      return 'unknown-sender';
    }
    return this.#replayWindow.accept(header) ? undefined : 'duplicate';
  }
}
