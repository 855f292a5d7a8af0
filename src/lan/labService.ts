/** The lab service for the labs of this machine and of others. It passes each command to the part that answers it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseInput } from '../contract/commandInput.ts';
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import { isTimeCommand, NO_DOOR_IN_VIRTUAL_TIME, TIME_IS_LIVE } from '../contract/time.ts';
import type { TimeCommandName, TimeStatus } from '../contract/time.ts';
import { LabHistory } from '../lab/recording/labHistory.ts';
import { DatabaseReader } from '../lab/disk/databaseReader.ts';
import type { OpenLabCommandName } from '../lab/openLabCommands.ts';
import type { LabCommandName, LabService, LabServiceOptions } from '../lab/service.ts';
import type { TraceEvent } from '../trace/events.ts';
import { isNodeName } from '../trace/names.ts';
import { codeKeyOf } from './codeKey.ts';
import { testConnection } from './diagnose/connectionTest.ts';
import { likeliestInterfaces } from './discovery/interfaces.ts';
import { LabFinder } from './discovery/labFinder.ts';
import type { MachineMemory } from './identity/memory.ts';
import { LanFileKeeper } from './lanFile.ts';
import { machineMemory } from './lanMemory.ts';
import { Lifecycle } from './lifecycle.ts';

/**
 * Opens the lab that was open last, or makes the embedded default: five nodes at class pace. If no lab can be opened,
 * the service starts without one, and commands that need one say why.
 */
export async function createLabService(options: LabServiceOptions): Promise<LabService> {
  const service = new LanLabService(options);
  if (options.opensOwnLab !== false) {
    await service.begin();
  }
  return service;
}

/** The commands that this machine answers itself, even if its lab is on another machine. */
type OwnCommandName = Exclude<LabCommandName, OpenLabCommandName | TimeCommandName>;
type OwnCommands = {
  readonly [Name in OwnCommandName]: (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

class LanLabService implements LabService {
  readonly #reader: DatabaseReader;
  readonly #file: LanFileKeeper;
  readonly #memory: MachineMemory;
  readonly #runId = randomUUID();
  readonly #finder = new LabFinder();
  readonly #lifecycle: Lifecycle;
  /** Cancels work in progress outside the lifecycle. */
  readonly #closing = new AbortController();
  readonly #eventListeners = new Set<(events: readonly TraceEvent[]) => void>();
  readonly #timeListeners = new Set<(time: TimeStatus) => void>();
  readonly history: LabHistory;
  readonly #recordingListeners = new Set<(problem: string) => void>();
  readonly #labListeners = new Set<(farewell?: string) => void>();

  constructor(options: LabServiceOptions) {
    this.#reader = new DatabaseReader(options.workerUrls.databaseReader);
    this.#file = new LanFileKeeper(join(options.dataDirectory, 'lan.json'));
    this.#memory = machineMemory(this.#file);
    this.history = new LabHistory(options.workerUrls.recording, (problem) => {
      options.log.warn(`recording: ${problem}`);
      this.#recordingListeners.forEach((listener) => listener(problem));
    });
    this.#lifecycle = new Lifecycle({
      ...options,
      file: this.#file,
      memory: this.#memory,
      runId: this.#runId,
      reader: this.#reader,
      history: this.history,
      onEvents: (events) => this.#eventListeners.forEach((listener) => listener(events)),
      onTime: (time) => this.#timeListeners.forEach((listener) => listener(time)),
      onLabChanged: (farewell) => this.#labListeners.forEach((listener) => listener(farewell)),
    });
  }

  begin(): Promise<void> {
    return this.#lifecycle.begin();
  }

  async execute<Name extends LabCommandName>(name: Name, given: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    const input = parseInput(name, given);
    if (this.#isOwn(name)) {
      const command = this.#commands[name] as (parsed: unknown) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
      return command(input);
    }
    // All other names are an open lab's; the generic lookup loses that input and answer belong to this command.
    return await this.#onLab(
      name, input as CommandInput<OpenLabCommandName | TimeCommandName>,
    ) as CommandAnswer<Name>;
  }

  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onLabChanged(listener: (farewell?: string) => void): () => void {
    this.#labListeners.add(listener);
    return () => this.#labListeners.delete(listener);
  }

  onTime(listener: (time: TimeStatus) => void): () => void {
    this.#timeListeners.add(listener);
    return () => this.#timeListeners.delete(listener);
  }

  onRecordingStopped(listener: (problem: string) => void): () => void {
    this.#recordingListeners.add(listener);
    return () => this.#recordingListeners.delete(listener);
  }

  get guestCount(): number {
    return this.#lifecycle.guestCount;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#lifecycle.close();
    this.#finder.close();
    await this.#reader.close();
    await this.history.close();
  }

  #isOwn(name: LabCommandName): name is OwnCommandName {
    return Object.hasOwn(this.#commands, name);
  }

  /** A command for the lab that this machine is in, here or on another machine. */
  async #onLab(
    name: OpenLabCommandName | TimeCommandName, input: CommandInput<OpenLabCommandName | TimeCommandName>,
  ): Promise<unknown> {
    const { simulated } = this.#lifecycle;
    if (simulated !== undefined) {
      if (name === 'lab:setDoor') throw new LabError('refused', NO_DOOR_IN_VIRTUAL_TIME);
      return simulated.execute(name, input as CommandInput<Exclude<typeof name, 'lab:setDoor'>>);
    }
    if (isTimeCommand(name)) {
      if (name === 'time:status') return null;
      throw new LabError('refused', TIME_IS_LIVE);
    }
    return this.#onLiveLab(name, input as CommandInput<OpenLabCommandName>);
  }

  async #onLiveLab(name: OpenLabCommandName, input: CommandInput<OpenLabCommandName>): Promise<unknown> {
    const { joined } = this.#lifecycle;
    if (joined !== undefined) {
      return name === 'lab:attach' ? joined.attach() : joined.execute(name, input);
    }
    const { lab, commands, hosting } = this.#lifecycle.own;
    lab.machines.checkPermission(name, input);
    hosting?.did(name, input);
    return commands.execute(name, input);
  }

  readonly #commands: OwnCommands = {
    'lab:list': () => this.#lifecycle.list(),
    'lab:create': (input) => this.#lifecycle.create(input),
    'lab:open': ({ labId }) => this.#lifecycle.open(labId),
    'lab:rename': (input) => this.#lifecycle.rename(input),
    'lab:copy': (input) => this.#lifecycle.copy(input),
    'lab:openSeed': (input) => this.#lifecycle.openSeed(input),
    'lab:simulate': (input) => this.#lifecycle.simulate(input),
    'lab:delete': ({ labId }) => this.#lifecycle.delete(labId),
    'lan:interfaces': async () => (
      (await likeliestInterfaces()).map(({ name, address, explanation }) => ({ name, address, explanation }))
    ),
    'lan:status': () => this.#lifecycle.lanStatus(),
    'lan:open': (input) => this.#lifecycle.openToLan(input),
    'lan:close': () => this.#lifecycle.closeToLan(),
    'lan:renewCode': () => this.#lifecycle.renewCode(),
    'lan:setJoining': ({ isOpen }) => this.#lifecycle.setJoining(isOpen),
    'lan:dismiss': ({ machineId }) => this.#lifecycle.dismiss(machineId),
    'lan:find': () => this.#finder.find(),
    'lan:test': async ({ address, port, code }) => {
      const { machineName, permits } = await this.#file.read();
      const codeKey = await codeKeyOf(code).catch((error: unknown) => {
        if (error instanceof LabError) return error;
        throw error;
      });
      return testConnection(address, port, codeKey, {
        runId: this.#runId, machineName, role: 'member', permits: permits ?? false, running: [],
      }, await this.#memory.key(), this.#closing.signal);
    },
    'lan:join': (input) => this.#lifecycle.join(input),
    'lan:useCode': ({ code }) => this.#lifecycle.useCode(code),
    'lan:leave': () => this.#lifecycle.leave(),
    'lan:bringNode': async ({ asLearner }) => {
      const { joined } = this.#lifecycle;
      if (joined === undefined) {
        throw new LabError('refused', 'this machine has joined no lab');
      }
      const name = await joined.bringNode(asLearner ?? false);
      if (typeof name !== 'string' || !isNodeName(name)) {
        throw new LabError('internal', 'the host did not say which node it made');
      }
      return name;
    },
    'lan:setPermits': ({ permits }) => this.#lifecycle.setPermits(permits),
  };
}
