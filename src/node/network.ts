/** A node's way to the others: messages to datagrams, through the link faults, to the socket; and back, checked. */
import type { Message, NodeId } from '../raft/index.ts';
import type { DatagramCounters, DropReason, LinkFaults, MessageSummary } from '../trace/events.ts';
import {
  DatagramTooLongError, decodeDatagram, encodeMessage, labDigestOf, messageIdOf, ReplayWindow,
} from '../wire/index.ts';
import { Counters } from './counters.ts';
import { LinkFaultInjector } from './linkFaults.ts';
import { summaryOf } from '../trace/messageSummary.ts';
import { Peers } from './peers.ts';
import type { NodeTraceBody, PeerAddress } from './protocol.ts';
import type { Random } from './random.ts';
import { DatagramSocket } from './socket.ts';

export interface NetworkOptions {
  readonly labId: string;
  readonly id: NodeId;
  readonly boot: number;
  readonly address: string;
  readonly preferredPort: number;
  readonly random: Random;
  readonly emit: (event: NodeTraceBody) => void;
  /** A message arrived that passed every check. */
  readonly onMessage: (message: Message) => void;
}

interface OutgoingDatagram {
  readonly to: NodeId;
  readonly bytes: Uint8Array;
  readonly messageId: string;
  readonly summary: MessageSummary;
}

export class Network {
  readonly peers = new Peers();
  readonly #options: NetworkOptions;
  readonly #labDigest: Uint8Array;
  readonly #counters = new Counters();
  readonly #faults: LinkFaultInjector<OutgoingDatagram>;
  readonly #replayWindow = new ReplayWindow();
  #socket: DatagramSocket | undefined;
  #counter = 0;

  /** @throws {LabError} when no port can be had */
  static async open(options: NetworkOptions): Promise<Network> {
    const network = new Network(options);
    network.#socket = await DatagramSocket.bind({
      address: options.address,
      preferredPort: options.preferredPort,
      onDatagram: (bytes) => network.#receive(bytes),
      onSendFailed: () => network.#counters.countDropped('send-failed'),
    });
    return network;
  }

  private constructor(options: NetworkOptions) {
    this.#options = options;
    this.#labDigest = labDigestOf(options.labId);
    this.#faults = new LinkFaultInjector({
      random: options.random,
      transmit: (datagram) => this.#transmit(datagram),
      onDropped: (datagram, reason) => this.#dropOutgoing(datagram, reason),
    });
  }

  get port(): number {
    return this.#socket?.port ?? 0;
  }

  setPeers(peers: readonly PeerAddress[]): void {
    this.peers.set(peers);
  }

  setFaults(faults: Readonly<Record<NodeId, LinkFaults>>): void {
    this.#faults.setFaults(faults);
  }

  send(message: Message): void {
    this.#counter += 1;
    const { id, boot } = this.#options;
    const summary = summaryOf(message);
    const messageId = messageIdOf({ sender: id, receiver: message.to, boot, counter: this.#counter });
    let bytes: Uint8Array;
    try {
      bytes = encodeMessage(message, { labDigest: this.#labDigest, boot, counter: this.#counter });
    } catch (error) {
      if (!(error instanceof DatagramTooLongError)) {
        throw error;
      }
      this.#counters.countDropped('too-long');
      this.#options.emit({ type: 'messageDropped', messageId, to: message.to, reason: 'too-long', message: summary });
      return;
    }
    this.#options.emit({ type: 'messageSent', messageId, to: message.to, message: summary, bytes: bytes.length });
    this.#faults.send({ to: message.to, bytes, messageId, summary });
  }

  /** Counts a message that its receiver could not take. */
  countDropped(reason: DropReason): void {
    this.#counters.countDropped(reason);
  }

  /** The counters if any has changed since the last call. */
  takeCounters(): DatagramCounters | undefined {
    return this.#counters.takeIfChanged();
  }

  close(): void {
    this.#faults.close();
    this.#socket?.close();
  }

  #transmit(datagram: OutgoingDatagram): void {
    const peer = this.peers.addressOf(datagram.to);
    if (peer === undefined || this.#socket === undefined) {
      this.#dropOutgoing(datagram, 'send-failed');
      return;
    }
    this.#counters.countSent(datagram.bytes.length);
    this.#socket.send(datagram.bytes, peer.port, peer.address);
  }

  #dropOutgoing({ messageId, to, summary }: OutgoingDatagram, reason: DropReason): void {
    this.#counters.countDropped(reason);
    this.#options.emit({ type: 'messageDropped', messageId, to, reason, message: summary });
  }

  #receive(bytes: Uint8Array): void {
    this.#counters.countReceived(bytes.length);
    const decoded = decodeDatagram(bytes, { labDigest: this.#labDigest });
    if (!decoded.ok) {
      this.#counters.countDropped(decoded.reason);
      this.#options.emit({ type: 'messageDropped', reason: decoded.reason });
      return;
    }
    const { header, message } = decoded;
    const messageId = messageIdOf(header);
    const summary = summaryOf(message);
    const from = header.sender;
    const reason = this.#refusal(header);
    if (reason !== undefined) {
      this.#counters.countDropped(reason);
      this.#options.emit({ type: 'messageDropped', messageId, from, to: header.receiver, reason, message: summary });
      return;
    }
    this.#options.emit({ type: 'messageReceived', messageId, from, message: summary, bytes: bytes.length });
    this.#options.onMessage(message);
  }

  #refusal(header: Parameters<ReplayWindow['accept']>[0]): DropReason | undefined {
    if (header.receiver !== this.#options.id) {
      return 'not-for-me';
    }
    if (!this.peers.isKnown(header.sender)) {
      return 'unknown-sender';
    }
    return this.#replayWindow.accept(header) ? undefined : 'duplicate';
  }
}
