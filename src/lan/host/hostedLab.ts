/** The open lab as the LAN sees it. */
import type { AttachAnswer } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { OpenLab } from '../../lab/openLab.ts';
import type { LabCommandName, LabLog } from '../../lab/service.ts';
import type { LanBinding, LanLab } from '../lanService.ts';
import type { Machine } from './machine.ts';

/** Carries out a command on the open lab, as the lab manager does. */
export type ExecuteOnLab = (name: LabCommandName, input: unknown) => Promise<unknown>;

export class HostedOpenLab implements LanLab {
  readonly labId: string;
  readonly name: string;
  readonly execute: ExecuteOnLab;
  readonly #lab: OpenLab;
  readonly #log: LabLog;

  constructor(lab: OpenLab, execute: ExecuteOnLab, log: LabLog) {
    this.labId = lab.labId;
    this.name = lab.name;
    this.execute = execute;
    this.#lab = lab;
    this.#log = log;
  }

  attach(): AttachAnswer {
    return this.#lab.attach();
  }

  record(event: LabEvent): void {
    this.#lab.record(event);
  }

  setLan(lan: LanBinding | undefined): Promise<void> {
    return this.#lab.setLan(lan);
  }

  checkPermission(name: LabCommandName, input: unknown): void {
    this.#lab.machines.checkPermission(name, input);
  }

  machineArrived(machine: Machine, running: readonly number[]): void {
    this.#lab.machines.arrived(machine, running);
  }

  machineWent(machineId: string): void {
    this.#lab.machines.went(machineId);
  }

  async bringNode(machineId: string, asLearner: boolean): Promise<NodeName> {
    const machine = this.#lab.machines.machine(machineId);
    if (machine === undefined) {
      throw new LabError('refused', 'this machine is not connected any more');
    }
    const { node } = await this.#lab.members.add(asLearner, { id: machineId, name: machine.identity.name });
    return node;
  }

  async releaseMachine(machineId: string): Promise<void> {
    for (const name of this.nodesOf(machineId)) {
      await this.#lab.members.change('remove', name).catch((error: unknown) => {
        this.#log.warn(`${name} of a machine that left stays a member: ${String(error)}`);
      });
    }
  }

  nodesOf(machineId: string | null): readonly NodeName[] {
    return this.#lab.machines.nodesOf(machineId);
  }
}
