/** A lab that is open to the LAN: its door, its beacon, and the machines that come and go. */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { AttachAnswer } from '../../contract/answers.ts';
import type { CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { MachineStatus, WrongCodeStatus } from '../../contract/lan.ts';
import type { LabEvent, TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabCommandName, LabLog } from '../service.ts';
import { announce } from './beacon.ts';
import { Channel } from './channel.ts';
import type { LanInterface } from './interfaces.ts';
import { Machine } from './machine.ts';
import { actionWords, MachineRequests } from './machineRequests.ts';
import { fromMachine, LAN_PROTOCOL_VERSION } from './protocol.ts';
import type { FromHost, FromMachine } from './protocol.ts';
import { Door } from './tls.ts';

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
  readonly by: LanInterface;
  readonly wrongCodes: WrongCodeStatus[] = [];
  joiningIsOpen = true;
  readonly #options: LanHostOptions;
  readonly #requests: MachineRequests;
  readonly #machines = new Map<string, Machine>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;
  #lastAction: { readonly text: string; readonly atMs: number } | undefined;
  #door: Door | undefined;
  #beacon: { readonly close: () => void } | undefined;

  /** @throws {LabError} when no port can be had at that address */
  static async open(options: LanHostOptions): Promise<LanHost> {
    const host = new LanHost(options);
    try {
      host.#door = await host.#openDoor(options.preferredPort).catch(() => host.#openDoor(0));
    } catch (error) {
      clearInterval(host.#timer);
      throw new LabError(
        'refused', `the lab cannot be opened by ${options.by.name} (${String(error)}): choose another interface`,
      );
    }
    host.#beacon = announce({
      raftlab: 1, tag: randomBytes(8).toString('hex'), name: options.lab.name, port: host.port,
    }, options.by);
    return host;
  }

  private constructor(options: LanHostOptions) {
    this.#options = options;
    this.by = options.by;
    this.#requests = new MachineRequests(options.lab, options.log, (machine) => {
      this.#gone(machine, `${machine.identity.name} has left`);
      machine.close('goodbye');
    });
    this.#timer = setInterval(() => this.#tellMachines(), MACHINES_PERIOD_MS);
  }

  get port(): number {
    return this.#door?.port ?? 0;
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
    this.#beacon?.close();
    this.#door?.close();
    for (const machine of [...this.#machines.values()]) {
      machine.close('the host has taken the lab off the network');
      this.#gone(machine, 'the lab was taken off the network');
    }
  }

  #openDoor(port: number): Promise<Door> {
    return Door.open({
      address: this.by.address,
      port,
      key: () => this.#options.doorKey(),
      onSocket: (socket) => this.#receive(socket),
      onWrongCode: (address, tries, mustWait) => {
        this.wrongCodes.push({ address, tries, mustWait, atMs: Date.now() });
        this.wrongCodes.splice(0, this.wrongCodes.length - WRONG_CODES_SHOWN_MAX);
        this.#options.lab.record({ type: 'wrongCode', tries, mustWait });
      },
    });
  }

  #receive(socket: TLSSocket): void {
    let machine: Machine | undefined;
    const channel = new Channel<FromMachine, FromHost>(socket, {
      schema: fromMachine,
      onMessage: (message) => {
        if (machine !== undefined) {
          this.#requests.take(machine, message);
        } else if (message.type === 'hello') {
          clearTimeout(timer);
          machine = this.#welcome(channel, message);
        } else {
          channel.close();
        }
      },
      onEnd: (end) => {
        clearTimeout(timer);
        if (machine !== undefined && this.#machines.get(machine.identity.machineId) === machine) {
          this.#gone(machine, end === 'silent' ? 'it is not heard any more' : `its connection has ended (${end})`);
        }
      },
    });
    const timer = setTimeout(() => channel.close(), HELLO_LIMIT_MS);
  }

  #welcome(channel: Channel<FromMachine, FromHost>, hello: FromMachine & { type: 'hello' }): Machine | undefined {
    const { machineId, machineName, role, permits } = hello;
    const known = this.#options.lab.nodesOf(machineId).length > 0 || this.#machines.has(machineId);
    const problem = hello.version !== LAN_PROTOCOL_VERSION
      ? 'the host runs another version of Raftlab: install the same one on both machines'
      : this.joiningIsOpen || known ? undefined : 'the host lets nobody else in at the moment';
    if (problem !== undefined) {
      channel.send({ type: 'refused', message: problem });
      channel.close();
      return undefined;
    }
    const { lab, hostName } = this.#options;
    const welcome = {
      type: 'welcome', labId: lab.labId, labName: lab.name, hostName, clockMs: Date.now(),
    } as const;
    if (hello.isTest) {
      channel.send(welcome);
      channel.close();
      return undefined;
    }
    const former = this.#machines.get(machineId);
    if (former !== undefined) {
      former.close('this machine has connected anew');
      this.#gone(former, 'it has connected anew');
    }
    const machine = new Machine({ machineId, name: machineName, role }, permits, channel);
    this.#machines.set(machineId, machine);
    channel.send(welcome);
    lab.record({ type: 'machineJoined', machine: machineName, role });
    this.#requests.attach(machine);
    lab.machineArrived(machine, hello.running);
    this.#tellMachines();
    return machine;
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
