/** The machines of a lab and the nodes that run on them. */
import type { DiskPage } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { CommandName } from '../../contract/commands.ts';
import { mayActOnNodes } from '../../contract/lanRoles.ts';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabFileNode } from '../files/labFile.ts';
import type { LabMachine } from './labMachine.ts';
import type { LabNode } from './labNode.ts';
import type { NodePlace } from './nodePlace.ts';

export class LabMachines {
  readonly #nodes: ReadonlyMap<NodeName, LabNode>;
  readonly #here: () => NodePlace;
  readonly #machines = new Map<string, { readonly machine: LabMachine; readonly running: Set<NodeId> }>();

  /** @param here the place of this machine's own nodes */
  constructor(nodes: ReadonlyMap<NodeName, LabNode>, here: () => NodePlace) {
    this.#nodes = nodes;
    this.#here = here;
  }

  /** Where a node is; undefined while its machine is not connected. */
  placeOf(machine: LabFileNode['machine']): NodePlace | undefined {
    if (machine === null) {
      return this.#here();
    }
    const present = this.#machines.get(machine.id);
    return present === undefined ? undefined : remotePlace(present.machine, present.running);
  }

  machine(machineId: string): LabMachine | undefined {
    return this.#machines.get(machineId)?.machine;
  }

  /** The machines that nodes of the lab run on and that are not connected. */
  get missing(): readonly NonNullable<LabFileNode['machine']>[] {
    const missing = new Map<string, NonNullable<LabFileNode['machine']>>();
    for (const { machine } of this.#nodes.values()) {
      if (machine !== null && !this.#machines.has(machine.id)) {
        missing.set(machine.id, machine);
      }
    }
    return [...missing.values()];
  }

  arrived(machine: LabMachine, running: readonly NodeId[]): void {
    this.#machines.set(machine.identity.machineId, { machine, running: new Set(running) });
    this.#on(machine.identity.machineId).forEach((node) => node.arrived());
  }

  went(machineId: string): void {
    this.#machines.delete(machineId);
    this.#on(machineId).forEach((node) => node.wentAway());
  }

  /** The nodes on a machine; null: on this one. */
  nodesOf(machineId: string | null): readonly NodeName[] {
    return this.#on(machineId).map(({ name }) => name);
  }

  /**
   * A page of the database of a node on another machine; undefined for one of this machine.
   * @throws {LabError} when its machine is not connected, or cannot read it
   */
  diskElsewhere(name: NodeName, fromIndex: number | undefined, count: number): Promise<DiskPage> | undefined {
    const node = this.#nodes.get(name);
    if (node === undefined || node.machine === null) {
      return undefined;
    }
    const { id, name: machineName } = node.machine;
    const machine = this.machine(id);
    if (machine === undefined) {
      return Promise.reject(new LabError('node-stopped', `${machineName}, where ${name} is, is not connected`));
    }
    return machine.readDisk(name, fromIndex, count);
  }

  /**
   * Checks that the host may act on nodes of other machines.
   * @throws {LabError} that names the machine that does not allow it
   */
  checkPermission(name: CommandName, input: unknown): void {
    const machines = [...this.#machines.values()].map(({ machine: { identity, permits } }) => ({
      name: identity.name, role: identity.role, permits, nodes: this.nodesOf(identity.machineId),
    }));
    const refusal = mayActOnNodes(name, input, machines);
    if (refusal !== null) {
      throw new LabError('refused', refusal);
    }
  }

  #on(machineId: string | null): readonly LabNode[] {
    return [...this.#nodes.values()].filter((node) => (node.machine?.id ?? null) === machineId);
  }
}

function remotePlace(machine: LabMachine, running: Set<NodeId>): NodePlace {
  return {
    address: machine.address,
    launch: (plan) => {
      running.add(plan.id);
      return machine.launch(plan);
    },
    runs: (id) => running.has(id),
    dataOf: async (name, id, isRunning) => {
      if (isRunning) {
        return 'held';
      }
      const page = await machine.readDisk(name, undefined, 0).catch(() => undefined);
      return page?.identity.id === id ? 'held' : 'unknown';
    },
    prepare: (name) => machine.erase(name),
    erase: (name) => machine.erase(name),
    // Whether a machine keeps the files of a node that is no longer a member is its own decision.
    remove: (name) => machine.erase(name).catch(() => undefined),
  };
}
