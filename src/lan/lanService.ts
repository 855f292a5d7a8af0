/** Carries out the commands of the LAN: opens the lab to it, finds labs, joins one, and tells how it stands. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LabError } from '../contract/errors.ts';
import { LAN_PORT } from '../contract/lan.ts';
import type { LanAnswers, LanCommandInput, LanCommandName, LanStatus } from '../contract/lan.ts';
import type { TraceEvent } from '../trace/events.ts';
import { isNodeName } from '../trace/names.ts';
import type { DatabaseReader } from '../lab/databaseReader.ts';
import { JOIN_CODE_RANDOM_BYTES, joinKeysOf, newJoinCode, readJoinCode } from '../wire/index.ts';
import { SerialQueue } from '../lab/serialQueue.ts';
import type { LabCommandName, LabLog } from '../lab/service.ts';
import { AddressWatch } from './discovery/addressWatch.ts';
import { testConnection } from './diagnose/connectionTest.ts';
import { LanHost } from './host/host.ts';
import type { HostedLab } from './host/host.ts';
import { lanInterfaces } from './discovery/interfaces.ts';
import type { LanInterface } from './discovery/interfaces.ts';
import { JoinedLab } from './guest/joinedLab.ts';
import { LabFinder } from './discovery/labFinder.ts';
import { LanFileKeeper } from './lanFile.ts';

/** A lab that can be opened to the LAN. */
export interface LanLab extends HostedLab {
  /** Binds the lab's nodes to an address of the LAN and seals their datagrams; undefined: back to loopback. */
  setLan(lan: LanBinding | undefined): Promise<void>;
  /** @throws {LabError} when a machine does not let the host do this to its nodes */
  checkPermission(name: LabCommandName, input: unknown): void;
}

/** Where a lab's nodes are bound, and the secret from which the keys of their datagrams follow. */
export interface LanBinding {
  readonly address: string;
  /** From the join code (wire/joinCode.ts), in Base64: known to whoever runs a node of the lab. */
  readonly secret: string;
}

export interface LanServiceOptions {
  readonly dataDirectory: string;
  readonly nodeWorkerUrl: URL | string;
  readonly reader: DatabaseReader;
  readonly log: LabLog;
  /** The lab of this machine that is open. @throws {LabError} when none is */
  readonly openLab: () => LanLab;
  /** Closes the lab that is open: a joined one takes its place. */
  readonly enter: () => Promise<void>;
  /** Goes back from a joined lab to the last one of this machine. */
  readonly goBack: (reason: string) => Promise<void>;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  readonly onViewReplaced: () => void;
}

interface Hosting {
  readonly lan: LanHost;
  readonly watch: AddressWatch;
  code: string;
  doorKey: Uint8Array;
}

type Handlers = {
  readonly [Name in LanCommandName]: (input: LanCommandInput<Name>) => LanAnswers[Name] | Promise<LanAnswers[Name]>;
};

export class LanService {
  readonly #options: LanServiceOptions;
  readonly #queue = new SerialQueue();
  readonly #file: LanFileKeeper;
  readonly #finder = new LabFinder();
  #host: Hosting | undefined;
  #joined: JoinedLab | undefined;

  constructor(options: LanServiceOptions) {
    this.#options = options;
    this.#file = new LanFileKeeper(join(options.dataDirectory, 'lan.json'));
  }

  async execute<Name extends LanCommandName>(
    name: Name, input: LanCommandInput<Name>,
  ): Promise<LanAnswers[Name]> {
    const command: Handlers[Name] = this.#commands[name];
    return command(input);
  }

  /** The lab of another machine that this one has joined. */
  get joined(): JoinedLab | undefined {
    return this.#joined;
  }

  get isHosting(): boolean {
    return this.#host !== undefined;
  }

  /**
   * Something is asked for at the host itself.
   * @throws {LabError} when a machine does not let this host do that to its nodes
   */
  askedHere(name: LabCommandName, input: unknown): void {
    this.#options.openLab().checkPermission(name, input);
    this.#host?.lan.did(name, input);
  }

  /** Every event of the open lab goes to the machines that joined it. */
  push(events: readonly TraceEvent[]): void {
    this.#host?.lan.push(events);
  }

  /** The lab that was open is being closed: its machines are let go. */
  async labCloses(): Promise<void> {
    this.#endHosting();
    const joined = this.#joined;
    this.#joined = undefined;
    await joined?.close();
  }

  close(): void {
    this.#finder.close();
  }

  readonly #commands: Handlers = {
    'lan:interfaces': () => lanInterfaces().map(({ name, address, explanation }) => ({ name, address, explanation })),
    'lan:status': () => this.#status(),
    'lan:open': ({ address, port }) => this.#queue.run(() => this.#open(address, port)),
    'lan:close': () => this.#queue.run(async () => {
      this.#endHosting();
      await this.#options.openLab().setLan(undefined);
      return null;
    }),
    'lan:renewCode': () => this.#queue.run(() => this.#renewCode()),
    'lan:setJoining': ({ isOpen }) => {
      this.#hosting().lan.joiningIsOpen = isOpen;
      return null;
    },
    'lan:dismiss': async ({ machineId }) => {
      await this.#hosting().lan.dismiss(machineId);
      return null;
    },
    'lan:find': () => this.#finder.find(),
    'lan:test': async ({ address, port, code }) => {
      const { machineId, machineName, permits } = await this.#file.read();
      const reading = readJoinCode(code);
      const key = reading.ok ? (await joinKeysOf(reading.code)).doorKey : new LabError('refused', reading.message);
      return testConnection(address, port, key, {
        machineId, machineName, role: 'member', permits: permits ?? false, running: [],
      });
    },
    'lan:join': (input) => this.#queue.run(() => this.#join(input)),
    'lan:leave': () => this.#queue.run(async () => {
      await this.#isIn().leave();
      this.#joined = undefined;
      await this.#options.goBack('this machine has left the lab');
      return null;
    }),
    'lan:bringNode': async ({ asLearner }) => {
      const name = await this.#isIn().bringNode(asLearner ?? false);
      if (typeof name !== 'string' || !isNodeName(name)) {
        throw new LabError('internal', 'the host did not say which node it made');
      }
      return name;
    },
    'lan:setPermits': async ({ permits }) => {
      await this.#file.change((file) => ({ ...file, permits }));
      this.#joined?.setPermits(permits);
      return null;
    },
  };

  async #status(): Promise<LanStatus> {
    if (this.#joined !== undefined) {
      return this.#joined.status;
    }
    if (this.#host === undefined) {
      const { machineName, permits } = await this.#file.read();
      return { mode: 'local', machineName, permits };
    }
    const { lan, code } = this.#host;
    return {
      mode: 'host', address: lan.by.address, port: lan.port, code, joiningIsOpen: lan.joiningIsOpen,
      machines: lan.machines, wrongCodes: lan.wrongCodes,
    };
  }

  async #open(address: string, port: number | undefined): Promise<LanStatus> {
    const lab = this.#options.openLab();
    const by = lanInterfaces().find((candidate) => candidate.address === address);
    if (by === undefined) {
      throw new LabError('invalid-argument', `this machine has no interface with the address ${address} any more`);
    }
    const file = await this.#file.read();
    const kept = file.hosted.find(({ labId }) => labId === lab.labId);
    const reading = readJoinCode(kept?.code ?? '');
    const code = reading.ok ? reading.code : newCode();
    const { doorKey, datagramSecret } = await joinKeysOf(code);
    this.#endHosting();
    const key = { code, doorKey };
    const lan = await LanHost.open({
      lab, by, preferredPort: port ?? kept?.port ?? LAN_PORT, log: this.#options.log,
      hostName: file.machineName, hostId: file.machineId,
      doorKey: () => key.doorKey,
    });
    const watch = new AddressWatch(by, (to) => this.#queue.run(() => this.#move(lan, to)));
    this.#host = Object.assign(key, { lan, watch });
    await this.#file.keepHosted(lab.labId, code, lan.port);
    await lab.setLan({ address, secret: toBase64(datagramSecret) });
    return this.#status();
  }

  /** The interface has another address: door, beacon and nodes go there. @throws when nothing can be bound there yet */
  async #move(lan: LanHost, to: LanInterface): Promise<void> {
    if (this.#host?.lan !== lan) {
      return;
    }
    const { log } = this.#options;
    try {
      await lan.move(to);
    } catch (error) {
      log.warn(`${to.name} has another address, at which the lab cannot be opened yet: ${String(error)}`);
      throw error;
    }
    log.info(`${to.name} has another address: the lab is open there now`);
    const { code } = this.#host;
    const { datagramSecret } = await joinKeysOf(code);
    const lab = this.#options.openLab();
    await this.#file.keepHosted(lab.labId, code, lan.port);
    if (this.#host.lan !== lan) {
      return; // it was closed meanwhile
    }
    await lab.setLan({ address: to.address, secret: toBase64(datagramSecret) });
  }

  #endHosting(): void {
    this.#host?.watch.close();
    this.#host?.lan.close();
    this.#host = undefined;
  }

  /** A new code, and new keys for the datagrams: machines that are in follow, whoever knows the old code is out. */
  async #renewCode(): Promise<LanStatus> {
    const host = this.#hosting();
    const lab = this.#options.openLab();
    const code = newCode();
    const { doorKey, datagramSecret } = await joinKeysOf(code);
    host.doorKey = doorKey;
    host.code = code;
    await this.#file.keepHosted(lab.labId, code, host.lan.port);
    await lab.setLan({ address: host.lan.by.address, secret: toBase64(datagramSecret) });
    return this.#status();
  }

  async #join({ address, port, code, machineName, role }: LanCommandInput<'lan:join'>): Promise<null> {
    const reading = readJoinCode(code);
    if (!reading.ok) {
      throw new LabError('invalid-argument', reading.message);
    }
    const { doorKey } = await joinKeysOf(reading.code);
    const file = await this.#file.change((present) => ({
      ...present, machineName: machineName ?? present.machineName,
    }));
    const joined: JoinedLab = await JoinedLab.join({
      address, port, key: doorKey, machineId: file.machineId, machineName: file.machineName, role,
      permits: file.permits ?? false,
      folder: join(this.#options.dataDirectory, 'joined'),
      nodeWorkerUrl: this.#options.nodeWorkerUrl,
      reader: this.#options.reader,
      log: this.#options.log,
      // Until it has taken the place of the lab that is open, nobody looks at it.
      onEvents: (events) => {
        if (this.#joined === joined) {
          this.#options.onEvents(events);
        }
      },
      onViewReplaced: () => {
        if (this.#joined === joined) {
          this.#options.onViewReplaced();
        }
      },
      onDismissed: (message) => {
        if (this.#joined === joined) {
          this.#joined = undefined;
          void joined.close().then(() => this.#options.goBack(message));
        }
      },
    });
    await this.#options.enter();
    this.#joined = joined;
    this.#options.onViewReplaced();
    return null;
  }

  #hosting(): Hosting {
    if (this.#host === undefined) {
      throw new LabError('refused', 'this lab is not open to the network: open it first');
    }
    return this.#host;
  }

  #isIn(): JoinedLab {
    if (this.#joined === undefined) {
      throw new LabError('refused', 'this machine has joined no lab');
    }
    return this.#joined;
  }
}

function newCode(): string {
  return newJoinCode(randomBytes(JOIN_CODE_RANDOM_BYTES));
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
