/** A lab that is open to the LAN: where it is reached, and the machines that come and go. */
import type { TLSSocket } from 'node:tls';
import type { AttachAnswer } from '../../contract/answers.ts';
import type { CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { MachineStatus, WrongCodeStatus } from '../../contract/lan.ts';
import type { LabEvent, TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabCommandName, LabLog } from '../../lab/service.ts';
import { Channel } from '../channel/channel.ts';
import { otherVersionWords } from '../diagnose/connectionWords.ts';
import { Entrance } from './entrance.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import { Machine } from './machine.ts';
import { actionWords, MachineRequests } from './machineRequests.ts';
import { fromMachine, LAN_PROTOCOL_VERSION } from '../channel/protocol.ts';
import type { FromHost, FromMachine, HeardFromMachine } from '../channel/protocol.ts';
import { TestGuest } from './testGuest.ts';
import type { DoorOptions } from '../channel/tls.ts';

/** Wrong codes that the host is shown; the oldest give way. */
const WRONG_CODES_SHOWN_MAX = 20;
/** Machines are told of each other this often: round-trip times change all the time. */
const MACHINES_PERIOD_MS = 2000;
/** How long a connection may take to say who it is. */
const HELLO_LIMIT_MS = 5000;

/** What the LAN needs of the lab that it opens. */
export interface HostedLab {
  readonly labId: string;
  readonly name: string;
  attach(): AttachAnswer;
  /** Carries out a command whose input has been parsed. @throws {LabError} */
  execute(name: LabCommandName, input: unknown): Promise<unknown>;
  record(event: LabEvent): void;
  /** A machine is connected: nodes that it runs already are taken hold of, others of its are started. */
  machineArrived(machine: Machine, running: readonly number[]): void;
  /** Its nodes are out of sight from now on. */
  machineWent(machineId: string): void;
  /** A new node on that machine joins the cluster. @throws {LabError} */
  bringNode(machineId: string, asLearner: boolean): Promise<NodeName>;
  /** All its nodes leave the cluster, as far as that is possible. Resolves when they have, in bounded time. */
  releaseMachine(machineId: string): Promise<void>;
  /** The nodes on a machine; null: on the host itself. */
  nodesOf(machineId: string | null): readonly NodeName[];
}

export interface LanHostOptions {
  readonly lab: HostedLab;
  readonly by: LanInterface;
  /** The TCP port to try first. */
  readonly preferredPort: number;
  readonly hostName: string;
  /** What tells the host's machine from the others. */
  readonly hostId: string;
  readonly log: LabLog;
  /** The 32 bytes that a machine must have, from the join code as it is now. */
  readonly doorKey: () => Uint8Array;
}

export class LanHost {
  readonly wrongCodes: WrongCodeStatus[] = [];
  joiningIsOpen = true;
  readonly #options: LanHostOptions;
  readonly #requests: MachineRequests;
  readonly #machines = new Map<string, Machine>();
  readonly #timer: NodeJS.Timeout;
  readonly #entrance: Entrance;
  #isClosed = false;
  #lastAction: { readonly text: string; readonly atMs: number } | undefined;

  /** @throws {LabError} when no port can be had at that address */
  static async open(options: LanHostOptions): Promise<LanHost> {
    const { lab, by, preferredPort, doorKey } = options;
    // Nobody gets in before the entrance is open, and then the host is there.
    let receive: (socket: TLSSocket) => void = (socket) => socket.destroy();
    let tell: DoorOptions['onWrongCode'] = () => undefined;
    try {
      const entrance = await Entrance.open({
        labId: lab.labId,
        labName: lab.name,
        by,
        preferredPort,
        key: doorKey,
        onSocket: (socket) => receive(socket),
        onWrongCode: (address, tries, mustWait) => tell(address, tries, mustWait),
      });
      const host = new LanHost(options, entrance);
      receive = (socket) => host.#receive(socket);
      tell = (...wrong) => host.#wrongCode(...wrong);
      return host;
    } catch (error) {
      throw new LabError(
        'refused', `the lab cannot be opened by ${by.name} (${String(error)}): choose another interface`,
      );
    }
  }

  private constructor(options: LanHostOptions, entrance: Entrance) {
    this.#options = options;
    this.#entrance = entrance;
    this.#requests = new MachineRequests(options.lab, options.log, (machine) => {
      this.#gone(machine, `${machine.identity.name} has left`);
      machine.close('goodbye');
    });
    this.#timer = setInterval(() => this.#tellMachines(), MACHINES_PERIOD_MS);
  }

  /** The interface by which the lab is open, as it was when it was bound. */
  get by(): LanInterface {
    return this.#entrance.by;
  }

  get port(): number {
    return this.#entrance.port;
  }

  /**
   * Goes to another address of the interface. Machines that are in are connected to the old one: they find the host
   * again by its beacon.
   * @throws {Error} of the system when no port can be had there; then everything is as it was
   */
  async move(to: LanInterface): Promise<void> {
    if (!await this.#entrance.move(to)) {
      return;
    }
    this.#options.lab.record({ type: 'hostMoved' });
    for (const machine of [...this.#machines.values()]) {
      this.#gone(machine, 'the host has another address: it connects again there');
      machine.hangUp();
    }
  }

  /** All machines of the lab, the host first. */
  get machines(): readonly MachineStatus[] {
    return [this.#own(), ...[...this.#machines.values()].map((machine) => machine.status(this.#nodesOf(machine)))];
  }

  /** Notes what was done at the host itself. */
  did(name: CommandName, input: unknown): void {
    const text = actionWords(name, input);
    if (text !== undefined) {
      this.#lastAction = { text, atMs: Date.now() };
    }
  }

  machine(machineId: string): Machine | undefined {
    return this.#machines.get(machineId);
  }

  /** Every event of the lab, for the windows of all machines. */
  push(events: readonly TraceEvent[]): void {
    for (const machine of this.#machines.values()) {
      machine.push(events);
    }
  }

  /** Lets a machine go once its nodes have left the cluster. @throws {LabError} when it is not here */
  async dismiss(machineId: string): Promise<void> {
    const machine = this.#machines.get(machineId);
    if (machine === undefined) {
      throw new LabError('refused', 'this machine is not connected any more');
    }
    // While they still run: a cluster that loses them first may not have the majority that lets them go.
    await this.#options.lab.releaseMachine(machineId);
    this.#gone(machine, 'let go by the host');
    machine.close('the host has let this machine go');
  }

  /** Takes the lab off the network. Safe to call twice. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#entrance.close();
    for (const machine of [...this.#machines.values()]) {
      this.#gone(machine, 'the lab was taken off the network');
      machine.close('the host has taken the lab off the network');
    }
  }

  #wrongCode(...[address, tries, mustWait]: Parameters<DoorOptions['onWrongCode']>): void {
    this.wrongCodes.push({ address, tries, mustWait, atMs: Date.now() });
    this.wrongCodes.splice(0, this.wrongCodes.length - WRONG_CODES_SHOWN_MAX);
    this.#options.lab.record({ type: 'wrongCode', tries, mustWait });
  }

  #receive(socket: TLSSocket): void {
    let machine: Machine | undefined;
    let test: TestGuest | undefined;
    const channel = new Channel<HeardFromMachine, FromHost>(socket, {
      schema: fromMachine,
      onMessage: (message) => {
        if (machine !== undefined) {
          this.#requests.take(machine, message);
          return;
        }
        if (test !== undefined) {
          test.take(message);
          return;
        }
        clearTimeout(timer);
        const problem = this.#whyNot(message);
        if (problem !== undefined) {
          channel.send({ type: 'refused', message: problem });
          channel.close();
        } else if (message.type !== 'hello') {
          channel.close();
        } else if (message.isTest) {
          channel.send(this.#greeting());
          test = new TestGuest(channel, this.#options.lab.labId);
        } else {
          machine = this.#enter(channel, message);
          this.#welcome(machine, message.running);
        }
      },
      onEnd: (end, error) => {
        clearTimeout(timer);
        test?.ended();
        if (end === 'failed') {
          const who = machine?.identity.name ?? channel.remoteAddress;
          this.#options.log.error(`what ${who} said could not be carried out: ${errorText(error)}`);
        }
        if (machine !== undefined && this.#machines.get(machine.identity.machineId) === machine) {
          this.#gone(machine, end === 'silent' ? 'it is not heard any more' : `its connection has ended (${end})`);
        }
      },
    });
    const timer = setTimeout(() => channel.close(), HELLO_LIMIT_MS);
  }

  /** Why somebody who knows the code does not come in all the same; undefined when they do. */
  #whyNot(message: HeardFromMachine): string | undefined {
    if (message.type === 'otherVersion') {
      return otherVersionWords(LAN_PROTOCOL_VERSION, message.version);
    }
    const isKnown = message.type === 'hello'
      && (this.#options.lab.nodesOf(message.machineId).length > 0 || this.#machines.has(message.machineId));
    return this.joiningIsOpen || isKnown ? undefined : 'the host lets nobody else in at the moment';
  }

  #greeting(): FromHost & { type: 'welcome' } {
    const { lab, hostName } = this.#options;
    return { type: 'welcome', labId: lab.labId, labName: lab.name, hostName, clockMs: Date.now() };
  }

  #enter(channel: Channel<HeardFromMachine, FromHost>, hello: FromMachine & { type: 'hello' }): Machine {
    const { machineId, machineName, role, permits } = hello;
    const former = this.#machines.get(machineId);
    if (former !== undefined) {
      this.#gone(former, 'it has connected anew');
      former.close('this machine has connected anew');
    }
    channel.takeLongMessages();
    const machine = new Machine({ machineId, name: machineName, role }, permits, channel, {
      onEventsTooLong: () => this.#requests.attach(machine),
      onError: (error) => {
        this.#options.log.error(`${machineName} could not be told what happens: ${errorText(error)}`);
        machine.hangUp();
      },
    });
    this.#machines.set(machineId, machine);
    return machine;
  }

  #welcome(machine: Machine, running: readonly number[]): void {
    const { lab } = this.#options;
    const { name, role } = machine.identity;
    machine.send(this.#greeting());
    lab.record({ type: 'machineJoined', machine: name, role });
    this.#requests.attach(machine);
    lab.machineArrived(machine, running);
    this.#tellMachines();
  }

  #gone(machine: Machine, reason: string): void {
    const { machineId, name } = machine.identity;
    if (this.#machines.get(machineId) === machine) {
      this.#machines.delete(machineId);
      machine.gone();
      this.#options.lab.machineWent(machineId);
      this.#options.lab.record({ type: 'machineLeft', machine: name, reason });
    }
  }

  #own(): MachineStatus {
    return {
      machineId: this.#options.hostId, name: this.#options.hostName, role: 'host', address: this.by.address,
      isConnected: true, roundTripMs: null, nodes: this.#options.lab.nodesOf(null), permits: true,
      lastAction: this.#lastAction?.text ?? null, lastActionAtMs: this.#lastAction?.atMs ?? null, eventsLeftOut: 0,
    };
  }

  #nodesOf(machine: Machine): readonly NodeName[] {
    return this.#options.lab.nodesOf(machine.identity.machineId);
  }

  #tellMachines(): void {
    const { machines } = this;
    for (const machine of this.#machines.values()) {
      machine.send({ type: 'machines', machines });
    }
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
