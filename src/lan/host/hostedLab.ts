/** The open lab as the LAN sees it. */
import type { AttachAnswer } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabMachine } from '../../lab/nodes/labMachine.ts';
import type { OpenLab } from '../../lab/openLab.ts';
import type { OpenLabCommandName, OpenLabCommands } from '../../lab/openLabCommands.ts';
import type { LabCommandName, LabLog } from '../../lab/service.ts';
import type { LabEvent, TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';

/** What the LAN code needs from the lab that it opens. */
export interface HostedLab {
  readonly labId: string;
  readonly name: string;
  attach(): AttachAnswer;
  /** Carries out a command whose input has been parsed. @throws {LabError} */
  execute(name: LabCommandName, input: unknown): Promise<unknown>;
  record(event: LabEvent): void;
  /** Calls back with every event from now on, until the returned function is called. */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void;
  /** A machine is connected: its running nodes are linked again, and its others are started. */
  machineArrived(machine: LabMachine, running: readonly number[]): void;
  /** A machine is disconnected: its nodes can no longer be observed. */
  machineWent(machineId: string): void;
  /** A new node on that machine joins the cluster. @throws {LabError} */
  bringNode(machineId: string, asLearner: boolean): Promise<NodeName>;
  /**
   * All its nodes leave the cluster, as far as that is possible. Resolves when they have, in bounded time.
   * @returns why others stay members, a sentence each
   */
  releaseMachine(machineId: string): Promise<readonly string[]>;
  /** The machines of its nodes that are not connected. */
  readonly missingMachines: readonly { readonly id: string; readonly name: string }[];
  /** The nodes on a machine; null: on the host itself. */
  nodesOf(machineId: string | null): readonly NodeName[];
}

/** One particular lab of this machine, never one that is opened after it. */
export class HostedOpenLab implements HostedLab {
  readonly labId: string;
  readonly name: string;
  readonly #lab: OpenLab;
  readonly #commands: OpenLabCommands;
  readonly #log: LabLog;

  constructor(lab: OpenLab, commands: OpenLabCommands, log: LabLog) {
    this.labId = lab.labId;
    this.name = lab.name;
    this.#lab = lab;
    this.#commands = commands;
    this.#log = log;
  }

  attach(): AttachAnswer {
    return this.#lab.attach();
  }

  async execute(name: LabCommandName, input: unknown): Promise<unknown> {
    if (!this.#commands.has(name)) {
      throw new LabError('unknown-command', 'this is not a command of an open lab');
    }
    // It was parsed by this command's schema.
    return this.#commands.execute(name, input as CommandInput<OpenLabCommandName>);
  }

  record(event: LabEvent): void {
    this.#lab.record(event);
  }

  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    return this.#lab.subscribe(listener);
  }

  machineArrived(machine: LabMachine, running: readonly number[]): void {
    this.#lab.machines.arrived(machine, running);
  }

  machineWent(machineId: string): void {
    this.#lab.machines.went(machineId);
  }

  async bringNode(machineId: string, asLearner: boolean): Promise<NodeName> {
    const machine = this.#lab.machines.machine(machineId);
    if (machine === undefined) {
      throw new LabError('refused', 'this machine is not connected: wait until it is back');
    }
    const { node } = await this.#lab.members.add(asLearner, { id: machineId, name: machine.identity.name });
    return node;
  }

  get missingMachines(): readonly { readonly id: string; readonly name: string }[] {
    return this.#lab.machines.missing;
  }

  async releaseMachine(machineId: string): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const name of this.nodesOf(machineId)) {
      await this.#lab.members.change('remove', name).catch((error: unknown) => {
        this.#log.warn(`${name} of a machine that left stays a member: ${String(error)}`);
        problems.push(`${name} stays a member: ${error instanceof LabError ? error.message : 'the log says why'}`);
      });
    }
    return problems;
  }

  nodesOf(machineId: string | null): readonly NodeName[] {
    return this.#lab.machines.nodesOf(machineId);
  }
}
