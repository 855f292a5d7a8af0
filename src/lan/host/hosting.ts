/**
 * A lab of this machine that is open to the LAN: its host, its code, its nodes' address, and the watch over that
 * address.
 */
import { randomBytes } from 'node:crypto';
import { LabError } from '../../contract/errors.ts';
import { LAN_PORT } from '../../contract/lan.ts';
import type { LanStatus } from '../../contract/lan.ts';
import type { NodeBinding } from '../../lab/nodes/labMachine.ts';
import type { OpenLab } from '../../lab/openLab.ts';
import type { OpenLabCommands } from '../../lab/openLabCommands.ts';
import type { LabCommandName, LabLog } from '../../lab/service.ts';
import { doorPasswordOf, JOIN_CODE_RANDOM_BYTES, joinKeysOf, newJoinCode, readJoinCode } from '../../wire/crypto.ts';
import { AddressWatch } from '../discovery/addressWatch.ts';
import { interfaceOf } from '../discovery/interfaces.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import type { MachineMemory } from '../identity/memory.ts';
import type { LanFileKeeper } from '../lanFile.ts';
import { guestSessions } from '../lanMemory.ts';
import { LanHost } from './host.ts';
import { HostedOpenLab } from './hostedLab.ts';

export interface HostingOptions {
  readonly lab: OpenLab;
  readonly commands: OpenLabCommands;
  readonly file: LanFileKeeper;
  readonly memory: MachineMemory;
  readonly log: LabLog;
  /** The interface has another address: `moveTo` must be called, in its turn. */
  readonly onMoved: (hosting: Hosting, to: LanInterface) => Promise<void>;
}

/** The join code and the secrets that belong to it. */
interface Keys {
  readonly code: string;
  readonly doorKey: Uint8Array;
  /** For programs that connect to the nodes. */
  readonly doorPassword: string;
  /** The secret of the nodes' datagrams, in Base64. */
  readonly secret: string;
}

export class Hosting {
  readonly #options: HostingOptions;
  readonly #host: LanHost;
  readonly #watch: AddressWatch;
  /** The present keys: the host asks for the door's key at each knock. */
  readonly #keys: { present: Keys };

  /**
   * Opens a lab to the LAN: its nodes are bound there, then the door is opened.
   * @param nameOrAddress one of this machine's interfaces
   * @param port the TCP port to try first; undefined: the lab's last port, or the usual one
   * @throws {LabError} when any step fails; then the lab is on loopback again
   */
  static async open(options: HostingOptions, nameOrAddress: string, port: number | undefined): Promise<Hosting> {
    const { lab, commands, file, memory, log } = options;
    const by = interfaceOf(nameOrAddress);
    const { hosted, machineName } = await file.read();
    const kept = hosted.find(({ labId }) => labId === lab.labId);
    const reading = readJoinCode(kept?.code ?? '');
    const keys = { present: await keysOf(reading.ok ? reading.code : newCode()) };
    const key = await memory.key();
    const hostedLab = new HostedOpenLab(lab, commands, log);
    let host: LanHost | undefined;
    try {
      await lab.bind(bindingOf(by, keys.present));
      host = await LanHost.open({
        lab: hostedLab,
        by,
        preferredPort: port ?? kept?.port ?? LAN_PORT,
        hostName: machineName,
        key,
        sessions: guestSessions(
          file, { labId: lab.labId, hostId: key.machineId }, (machineId) => hostedLab.nodesOf(machineId).length > 0,
        ),
        log,
        doorKey: () => keys.present.doorKey,
      });
      await file.keepHosted(lab.labId, keys.present.code, host.port);
    } catch (error) {
      host?.close();
      await lab.bind(undefined).catch((also: unknown) => log.warn(`back on loopback: ${String(also)}`));
      throw notOpened(error);
    }
    return new Hosting(options, host, keys);
  }

  private constructor(options: HostingOptions, host: LanHost, keys: { present: Keys }) {
    this.#options = options;
    this.#host = host;
    this.#keys = keys;
    this.#watch = new AddressWatch(host.by, (to) => options.onMoved(this, to));
  }

  get status(): LanStatus {
    const { by, port, joiningIsOpen, machines, wrongCodes } = this.#host;
    const { code, doorPassword } = this.#keys.present;
    return { mode: 'host', address: by.address, port, code, doorPassword, joiningIsOpen, machines, wrongCodes };
  }

  /** How many other machines are connected. */
  get guestCount(): number {
    return this.#host.guestCount;
  }

  /** Whether it is open by this interface, and at this port where one is asked for. */
  isAt(nameOrAddress: string, port: number | undefined): boolean {
    const { by, port: present } = this.#host;
    return by.address === interfaceOf(nameOrAddress).address && (port ?? present) === present;
  }

  /** Records an action at the host itself. */
  did(name: LabCommandName, input: unknown): void {
    this.#host.did(name, input);
  }

  setJoining(isOpen: boolean): void {
    this.#host.joiningIsOpen = isOpen;
  }

  /**
   * Disconnects a machine. @param signal ends the wait for its nodes to leave the cluster
   * @throws {LabError} when it is not connected
   */
  dismiss(machineId: string, signal: AbortSignal): Promise<void> {
    return this.#host.dismiss(machineId, signal);
  }

  /**
   * Makes a new code and new keys for the datagrams. Connected machines follow; the old code is no longer valid.
   * @throws {LabError} when it cannot be saved; then the old one stays valid
   */
  async renewCode(): Promise<void> {
    const { lab, file } = this.#options;
    const next = await keysOf(newCode());
    await file.keepHosted(lab.labId, next.code, this.#host.port);
    this.#keys.present = next;
    await lab.bind(bindingOf(this.#host.by, next));
  }

  /**
   * Moves door, beacon and nodes to another address of the interface.
   * @throws {Error} when something cannot be bound there yet: call it again later
   */
  async moveTo(to: LanInterface): Promise<void> {
    const { lab, file, log } = this.#options;
    try {
      await this.#host.move(to);
      await file.keepHosted(lab.labId, this.#keys.present.code, this.#host.port);
      await lab.bind(bindingOf(to, this.#keys.present));
    } catch (error) {
      log.warn(`${to.name} has another address, at which the lab cannot be opened yet: ${String(error)}`);
      throw error;
    }
    log.info(`${to.name} has another address: the lab is open there now`);
  }

  /** Takes the lab off the network and disconnects its machines. The caller binds the nodes elsewhere. */
  close(): void {
    this.#watch.close();
    this.#host.close();
  }
}

function bindingOf({ address }: LanInterface, { secret, doorPassword }: Keys): NodeBinding {
  return { address, secret, doorPassword };
}

async function keysOf(code: string): Promise<Keys> {
  const { doorKey, datagramSecret } = await joinKeysOf(code);
  return {
    code, doorKey, doorPassword: doorPasswordOf(doorKey), secret: Buffer.from(datagramSecret).toString('base64'),
  };
}

function newCode(): string {
  return newJoinCode(randomBytes(JOIN_CODE_RANDOM_BYTES));
}

function notOpened(error: unknown): unknown {
  return error instanceof LabError
    ? new LabError(error.code, `the lab is not open to the network: ${error.message}`)
    : error;
}
