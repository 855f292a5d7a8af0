/** A lab that is open to the LAN: where it is reached, and the machines that come and go. */
import type { TLSSocket } from 'node:tls';
import type { CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { MachineStatus, WrongCodeStatus } from '../../contract/lan.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabLog } from '../../lab/service.ts';
import { clockMs } from '../../node/clock.ts';
import { untilCalledOff } from '../calledOff.ts';
import { errorText } from '../errorText.ts';
import { Channel } from '../channel/channel.ts';
import type { ChannelEnd } from '../channel/channel.ts';
import type { MachineKey } from '../identity/machineKey.ts';
import type { GuestSessions } from '../identity/memory.ts';
import { Arrival } from './arrival.ts';
import type { ArrivalHost } from './arrival.ts';
import { Entrance } from './entrance.ts';
import type { HostedLab } from './hostedLab.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import { Machine } from './machine.ts';
import { actionWords, MachineRequests } from './machineRequests.ts';
import type { GuestSession } from './guestSession.ts';
import { fromMachine } from '../channel/protocol.ts';
import type { FromHost, FromMachine, HeardFromMachine } from '../channel/protocol.ts';
import { TestGuest } from './testGuest.ts';
import type { DoorOptions } from '../channel/tls.ts';
import { WrongCodes } from './wrongCodes.ts';

/** How often machines are told about each other: round-trip times change all the time. */
const MACHINES_PERIOD_MS = 2000;
/** How often machines get new sessions. A copy of a running machine can start from a session at most this old. */
const SESSION_PERIOD_MS = 60_000;

/** Why a machine is gone, by how its channel ended. */
const GONE_WORDS: Readonly<Partial<Record<ChannelEnd, string>>> = {
  silent: 'it no longer answers', ended: 'its connection ended',
};

export interface LanHostOptions {
  readonly lab: HostedLab;
  readonly by: LanInterface;
  /** The TCP port to try first. */
  readonly preferredPort: number;
  readonly hostName: string;
  /** The identity of the host's machine. */
  readonly key: MachineKey;
  readonly sessions: GuestSessions;
  readonly log: LabLog;
  /** The 32 bytes that a machine must have, derived from the present join code. */
  readonly doorKey: () => Uint8Array;
}

export class LanHost {
  readonly #wrongCodes = new WrongCodes();
  joiningIsOpen = true;
  readonly #options: LanHostOptions;
  readonly #requests: MachineRequests;
  readonly #machines = new Map<string, Machine>();
  readonly #timer: NodeJS.Timeout;
  readonly #sessionTimer: NodeJS.Timeout;
  readonly #entrance: Entrance;
  readonly #unsubscribe: () => void;
  readonly #arrivalHost: ArrivalHost;
  #isClosed = false;
  #lastAction: { readonly text: string; readonly atMs: number } | undefined;

  /** @throws {LabError} when no port can be bound at that address */
  static async open(options: LanHostOptions): Promise<LanHost> {
    const { lab, by, preferredPort, doorKey } = options;
    // Nobody gets in before the entrance is open, and the host exists by then.
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
        onWrongCode: (address) => tell(address),
      });
      const host = new LanHost(options, entrance);
      receive = (socket) => host.#receive(socket);
      tell = (address) => host.#wrongCode(address);
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
    this.#unsubscribe = options.lab.subscribe((events) => this.#push(events));
    const { lab, key, sessions, log } = options;
    this.#arrivalHost = {
      labId: lab.labId, key, sessions, log, arriving: new Map(),
      whyNot: (machineId) => this.#whyNot(machineId),
      greeting: (socket) => this.#greeting(socket),
      present: (machineId) => this.#machines.get(machineId),
    };
    this.#timer = setInterval(() => this.#tellMachines(), MACHINES_PERIOD_MS);
    this.#sessionTimer = setInterval(() => this.#renewSessions(), SESSION_PERIOD_MS);
  }

  /** The interface on which the lab is open, as it was when it was bound. */
  get by(): LanInterface {
    return this.#entrance.by;
  }

  get port(): number {
    return this.#entrance.port;
  }

  /**
   * Moves to another address of the interface. The connected machines use the old one: they find the host again by its
   * beacon.
   * @throws {Error} of the system when no port can be bound there; then nothing has changed
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

  get wrongCodes(): readonly WrongCodeStatus[] {
    return this.#wrongCodes.list;
  }

  /** All machines of the lab, the host first, those last that are missing: nodes on them are members still. */
  get machines(): readonly MachineStatus[] {
    const present = [...this.#machines.values()].map((machine) => machine.status(this.#nodesOf(machine)));
    const { lab } = this.#options;
    const missing = lab.missingMachines.filter(({ id }) => !this.#machines.has(id))
      .map(({ id, name }) => missingStatus(id, name, lab.nodesOf(id)));
    return [this.#own(), ...present, ...missing];
  }

  get guestCount(): number {
    return this.#machines.size;
  }

  /** Records an action at the host itself. */
  did(name: CommandName, input: unknown): void {
    const text = actionWords(name, input);
    if (text !== undefined) {
      this.#lastAction = { text, atMs: clockMs() };
    }
  }

  machine(machineId: string): Machine | undefined {
    return this.#machines.get(machineId);
  }

  /** Sends every event of the lab to the windows of all machines. */
  #push(events: readonly TraceEvent[]): void {
    for (const machine of this.#machines.values()) {
      machine.push(events);
    }
  }

  /**
   * Lets a machine go once its nodes have left the cluster, or the signal says not to wait for that. One that is not
   * connected has gone already: then it is about its nodes alone.
   * @throws {LabError} when it has no nodes here and is not connected, or its nodes cannot be removed without it
   */
  async dismiss(machineId: string, signal: AbortSignal): Promise<void> {
    const { lab } = this.#options;
    const machine = this.#machines.get(machineId);
    if (machine === undefined && lab.nodesOf(machineId).length === 0) {
      throw new LabError('refused', 'this machine is not connected, and none of its nodes is in the lab');
    }
    // While they still run: a cluster that loses them first may not have the majority that lets them go.
    const problems = await untilCalledOff(lab.releaseMachine(machineId), signal) ?? [];
    if (machine === undefined) {
      if (problems.length > 0) throw new LabError('refused', problems.join('; '));
      return;
    }
    this.#gone(machine, 'disconnected by the host');
    machine.close('the host has disconnected this machine');
  }

  /** Takes the lab off the network. Safe to call twice. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    clearInterval(this.#sessionTimer);
    this.#entrance.close();
    for (const machine of [...this.#machines.values()]) {
      this.#gone(machine, 'the lab was taken off the network');
      machine.close('the host has taken the lab off the network');
    }
  }

  #wrongCode(address: string): void {
    const { tries, isTold } = this.#wrongCodes.take(address, performance.now(), clockMs());
    if (isTold) {
      this.#options.lab.record({ type: 'wrongCode', tries });
    }
  }

  #receive(socket: TLSSocket): void {
    let machine: Machine | undefined;
    let test: TestGuest | undefined;
    const channel = new Channel<HeardFromMachine, FromHost>(socket, {
      schema: fromMachine,
      onMessage: (message) => {
        if (machine !== undefined) {
          this.#requests.take(machine, message);
        } else if (test !== undefined) {
          test.take(message);
        } else {
          arrival.take(message);
        }
      },
      onEnd: (end, error) => {
        arrival.end();
        test?.ended();
        if (end === 'failed') {
          const who = machine?.identity.name ?? channel.remoteAddress;
          this.#options.log.error(`a message of ${who} could not be handled: ${errorText(error)}`);
        }
        if (machine !== undefined && this.#machines.get(machine.identity.machineId) === machine) {
          this.#gone(machine, GONE_WORDS[end] ?? `its connection ended (${end})`);
        }
      },
    });
    const arrival = new Arrival(socket, channel, this.#arrivalHost, {
      onTest: () => {
        test = new TestGuest(channel, this.#options.lab.labId);
      },
      onEnter: (machineId, hello, session) => {
        machine = this.#enter(channel, machineId, hello, session);
        this.#welcome(machine, hello.running);
      },
    });
  }

  /** Why a machine that knows the code is not let in; undefined when it is let in. */
  #whyNot(machineId: string): string | undefined {
    const isKnown = this.#options.lab.nodesOf(machineId).length > 0 || this.#machines.has(machineId);
    return this.joiningIsOpen || isKnown ? undefined : 'the host lets no other machine in at the moment';
  }

  #greeting(socket: TLSSocket): FromHost & { type: 'welcome' } {
    const { lab, hostName, key } = this.#options;
    const proof = key.prove(socket, 'welcome');
    return { type: 'welcome', proof, labId: lab.labId, labName: lab.name, hostName, clockMs: clockMs() };
  }

  #enter(
    channel: Channel<HeardFromMachine, FromHost>, machineId: string, hello: FromMachine & { type: 'hello' },
    session: GuestSession,
  ): Machine {
    const { machineName, role, permits, runId } = hello;
    const former = this.#machines.get(machineId);
    if (former !== undefined) {
      this.#gone(former, 'it has connected again');
      former.close('this machine has connected again');
    }
    channel.takeLongMessages();
    const machine = new Machine({ machineId, name: machineName, role, runId }, permits, channel, session, {
      onEventsTooLong: () => this.#requests.attach(machine),
      onError: (error) => {
        this.#options.log.error(`${machineName} could not be sent the events: ${errorText(error)}`);
        machine.hangUp();
      },
    });
    this.#machines.set(machineId, machine);
    return machine;
  }

  #welcome(machine: Machine, running: readonly number[]): void {
    const { lab } = this.#options;
    const { name, role } = machine.identity;
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
      machineId: this.#options.key.machineId, name: this.#options.hostName, role: 'host', address: this.by.address,
      isConnected: true, roundTripMs: null, nodes: this.#options.lab.nodesOf(null), permits: true,
      lastAction: this.#lastAction?.text ?? null, lastActionAtMs: this.#lastAction?.atMs ?? null, eventsLeftOut: 0,
    };
  }

  #nodesOf(machine: Machine): readonly NodeName[] {
    return this.#options.lab.nodesOf(machine.identity.machineId);
  }

  #renewSessions(): void {
    for (const machine of this.#machines.values()) {
      if (this.#nodesOf(machine).length > 0) {
        machine.renewSession().catch((error: unknown) => {
          this.#options.log.error(`the session of ${machine.identity.name} could not be kept: ${errorText(error)}`);
        });
      }
    }
  }

  #tellMachines(): void {
    const { machines } = this;
    for (const machine of this.#machines.values()) {
      machine.send({ type: 'machines', machines });
    }
  }
}

/** A machine of which nothing is known but its name and its nodes: it is not connected. */
function missingStatus(machineId: string, name: string, nodes: readonly NodeName[]): MachineStatus {
  return {
    machineId, name, role: 'member', address: '', isConnected: false, roundTripMs: null, nodes, permits: false,
    lastAction: null, lastActionAtMs: null, eventsLeftOut: 0,
  };
}
