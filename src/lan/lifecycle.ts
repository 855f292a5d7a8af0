/**
 * Which lab this machine is in. This class owns that state, and one queue makes all its changes.
 *
 * No lab is open; or an own lab is open, perhaps also to the LAN; or a lab on another machine was joined; or the
 * service is closed. Every change is a job of the queue, and the job checks the present state. While a machine joins,
 * its own lab stays open: it is closed when the other lab has arrived.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { LabSummary, ListedLab } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { LanCommandInput, LanStatus } from '../contract/lan.ts';
import { SEED_MAX } from '../contract/time.ts';
import { checkCanContinue } from '../lab/files/labContinuation.ts';
import { summaryOf } from '../lab/files/labFile.ts';
import { LabStore } from '../lab/files/labStore.ts';
import type { TakenLab } from '../lab/files/labStore.ts';
import type { OpenLab } from '../lab/openLab.ts';
import type { OpenSimulatedLab } from '../lab/simulated/openSimulatedLab.ts';
import { JoinedLab } from './guest/joinedLab.ts';
import { Hosting } from './host/hosting.ts';
import { codeKeyOf } from './codeKey.ts';
import type { LifecycleOptions, LifecycleState, OwnLab } from './lifecycleState.ts';
import { closingError, continuedName, farewellWords } from './lifecycleWords.ts';
import { LifecycleQueue } from './lifecycleQueue.ts';
import type { LifecycleJob } from './lifecycleQueue.ts';
import { NetworkLock } from './networkLock.ts';
import { openTaken } from './openTaken.ts';

const DEFAULT_LAB = { name: 'Default lab', nodeCount: 5, pace: 'class' } as const;

export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #store: LabStore;
  readonly #queue = new LifecycleQueue();
  #state: LifecycleState = { type: 'none' };
  /** Held from before a lab is hosted or joined until after it no longer is. */
  readonly #network: NetworkLock;
  /** How many waiting or running jobs join a lab. */
  #joinCount = 0;
  /** Set when the service must end: new jobs are refused, and waiting jobs do not start. */
  #closing: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#store = new LabStore(options.dataDirectory, options.log);
    this.#network = new NetworkLock(options.dataDirectory);
  }

  /** The lab on another machine that this one has joined. */
  get joined(): JoinedLab | undefined {
    return this.#state.type === 'joined' ? this.#state.joined : undefined;
  }

  /** The simulated lab that is open. */
  get simulated(): OpenSimulatedLab | undefined {
    return this.#state.type === 'simulated' ? this.#state.lab : undefined;
  }

  /** The live lab of this machine that is open. @throws {LabError} when none is, with the reason */
  get own(): OwnLab {
    switch (this.#state.type) {
      case 'own':
        return this.#state.own;
      case 'simulated':
        throw new LabError('refused', 'this lab is simulated, on this machine alone: open a live lab first');
      case 'joined':
        throw new LabError('refused', 'this machine is in the lab of another one: leave it first');
      case 'closed':
        throw closingError();
      case 'none':
        throw this.#state.problem ?? new LabError('no-open-lab', 'no lab is open: open one, or make a new one');
    }
  }

  /** How many other machines take part in the lab that this one has opened to the network. */
  get guestCount(): number {
    return this.#state.type === 'own' ? this.#state.own.hosting?.guestCount ?? 0 : 0;
  }

  /** All labs of this machine, the one opened last first, then those that cannot be read. */
  async list(): Promise<readonly ListedLab[]> {
    const open = this.#openLab?.summary;
    return (await this.#store.summaries()).map((lab) => (lab.labId === open?.labId ? open : lab));
  }

  /** The state of this machine on the LAN. */
  async lanStatus(): Promise<LanStatus> {
    if (this.#state.type === 'joined') {
      return this.#state.joined.status;
    }
    if (this.#state.type === 'own' && this.#state.own.hosting !== undefined) {
      return this.#state.own.hosting.status;
    }
    const { machineName, permits } = await this.#options.file.read();
    return { mode: 'local', machineName, permits };
  }

  /** Opens the lab that was open last; makes the default lab if there is none. */
  begin(): Promise<void> {
    return this.#soon(() => this.#openLast());
  }

  /** Makes a lab and opens it, or leaves nothing of it behind. */
  create(wanted: CommandInput<'lab:create'>): Promise<LabSummary> {
    return this.#soon(() => this.#store.createFor(wanted, (labId) => this.#switchTo(labId)));
  }

  /** Opens the lab that shows the run of a seed. */
  openSeed(wanted: CommandInput<'lab:openSeed'>): Promise<LabSummary> {
    return this.#soon(() => this.#store.openSeed(wanted, (labId) => this.#switchTo(labId)));
  }

  open(labId: string): Promise<LabSummary> {
    return this.#soon(() => this.#switchTo(labId));
  }

  rename({ labId, name }: CommandInput<'lab:rename'>): Promise<LabSummary> {
    return this.#inTurn(async () => {
      const open = this.#openUnshared(labId);
      await open?.rename(name);
      return open?.summary ?? summaryOf(await this.#store.rename(labId, name));
    });
  }

  /** Copies a lab. The nodes of one that is open end cleanly for it, and come back as they were. */
  copy({ labId, name }: CommandInput<'lab:copy'>): Promise<LabSummary> {
    return this.#inTurn(async (signal) => {
      const isOpen = this.#openUnshared(labId) !== undefined;
      await (isOpen ? this.#closePresent() : undefined);
      try {
        return summaryOf(await this.#store.copy(labId, name, this.#options.reader, signal));
      } finally {
        if (isOpen && this.#closing === undefined) {
          await this.#reopen(labId);
        }
      }
    });
  }

  /**
   * Continues the live lab that is open in a simulated one, which is opened. The nodes end for it, so that their disks
   * are from one moment; if it cannot be made, they come back as they were.
   */
  simulate({ name, seed = randomInt(SEED_MAX + 1) }: CommandInput<'lab:simulate'>): Promise<LabSummary> {
    return this.#inTurn(async () => {
      const { lab } = this.own;
      checkCanContinue({ name: lab.name, nodes: lab.nodes.all.map(({ kept }) => kept) });
      const wanted = { name: name ?? continuedName(lab.name), seed };
      await this.#closePresent();
      try {
        return await this.#store.continueFor(
          lab.labId, wanted, this.#options.reader, (labId) => this.#switchTo(labId),
        );
      } catch (error) {
        if (this.#closing === undefined) await this.#reopen(lab.labId);
        throw error;
      }
    });
  }

  delete(labId: string): Promise<null> {
    return this.#inTurn(async () => {
      if (this.#openLab?.labId === labId) {
        await this.#closePresent();
        this.#options.onLabChanged();
      }
      await this.#store.remove(labId);
      return null;
    });
  }

  /** Opens the present lab to the LAN, or changes nothing. */
  openToLan({ address, port }: LanCommandInput<'lan:open'>): Promise<LanStatus> {
    return this.#soon(async () => {
      const { own } = this;
      if (own.hosting?.isAt(address, port) === true) {
        return own.hosting.status;
      }
      this.#network.take();
      this.#endHosting(own);
      const { file, memory, log } = this.#options;
      own.hosting = await Hosting.open({
        lab: own.lab,
        commands: own.commands,
        file,
        memory,
        log,
        onMoved: (hosting, to) => this.#inTurn(async () => {
          if (own.hosting === hosting) {
            await hosting.moveTo(to);
          }
        }),
      }, address, port);
      return own.hosting.status;
    });
  }

  closeToLan(): Promise<null> {
    return this.#inTurn(async () => {
      const { own } = this;
      this.#endHosting(own);
      await own.lab.bind(undefined);
      return null;
    });
  }

  renewCode(): Promise<LanStatus> {
    return this.#inTurn(async () => {
      const hosting = this.#hosting();
      await hosting.renewCode();
      return hosting.status;
    });
  }

  setJoining(isOpen: boolean): Promise<null> {
    return this.#inTurn(() => {
      this.#hosting().setJoining(isOpen);
      return Promise.resolve(null);
    });
  }

  dismiss(machineId: string): Promise<null> {
    return this.#inTurn(async (signal) => {
      await this.#hosting().dismiss(machineId, signal);
      return null;
    });
  }

  /** Joins a lab, in bounded time. Any command that opens, joins or leaves a lab meanwhile cancels it. */
  async join(input: LanCommandInput<'lan:join'>): Promise<null> {
    const job = this.#soon((signal) => this.#join(input, signal));
    this.#joinCount += 1;
    try {
      return await job;
    } finally {
      this.#joinCount -= 1;
    }
  }

  /**
   * Tries another code at the joined lab's host, which has renewed its own. Any command that opens, joins or leaves a
   * lab meanwhile cancels it.
   */
  async useCode(code: string): Promise<null> {
    const codeKey = await codeKeyOf(code);
    return this.#inTurn(async (signal) => {
      if (this.joined === undefined) {
        throw new LabError('refused', 'this machine has joined no lab');
      }
      await this.joined.useCode(codeKey, signal);
      return null;
    });
  }

  /** Leaves the joined lab, or cancels a join in progress. */
  leave(): Promise<null> {
    const callsOff = this.#joinCount > 0;
    return this.#soon(async (signal) => {
      if (this.#state.type !== 'joined') {
        if (callsOff) {
          return null;
        }
        throw new LabError('refused', 'this machine has joined no lab');
      }
      const { joined } = this.#state;
      await joined.leave(signal);
      await this.#goBack(joined);
      return null;
    });
  }

  /** Saves whether a host may act on this machine's nodes, and tells the joined lab's host. */
  setPermits(permits: boolean): Promise<null> {
    return this.#inTurn(async () => {
      await this.#options.file.change((file) => ({ ...file, permits }));
      this.joined?.setPermits(permits);
      return null;
    });
  }

  /** Ends all work in progress, in bounded time. Nothing starts afterwards. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.runSoon(async () => {
      try {
        await this.#closePresent();
        this.#state = { type: 'closed' };
      } finally {
        this.#network.release();
      }
    });
    return this.#closing;
  }

  #inTurn<Result>(job: LifecycleJob<Result>): Promise<Result> {
    return this.#queue.run((signal) => this.#unlessClosing(job, signal));
  }

  #soon<Result>(job: LifecycleJob<Result>): Promise<Result> {
    return this.#closing === undefined
      ? this.#queue.runSoon((signal) => this.#unlessClosing(job, signal))
      : Promise.reject(closingError());
  }

  async #unlessClosing<Result>(job: LifecycleJob<Result>, signal: AbortSignal): Promise<Result> {
    if (this.#closing !== undefined) {
      throw closingError();
    }
    try {
      return await job(signal);
    } finally {
      if (this.#state.type !== 'joined' && !(this.#state.type === 'own' && this.#state.own.hosting !== undefined)) {
        this.#network.release();
      }
    }
  }

  async #openLast(): Promise<void> {
    try {
      const { labs: [last], damaged: [firstDamaged] } = await this.#store.list();
      if (last === undefined && firstDamaged !== undefined) {
        this.#state = { type: 'none', problem: firstDamaged.problem };
        return;
      }
      const open = async (labId: string): Promise<unknown> => this.#openOwn(await this.#store.take(labId));
      await (last === undefined ? this.#store.createFor(DEFAULT_LAB, open) : open(last.labId));
    } catch (error) {
      if (!(error instanceof LabError)) {
        throw error;
      }
      this.#options.log.warn(`no lab is open: ${error.message}`);
      this.#state = { type: 'none', problem: error };
    }
  }

  /** The lab of this machine that is open, of either kind. */
  get #openLab(): OpenLab | OpenSimulatedLab | undefined {
    return this.#state.type === 'own' ? this.#state.own.lab : this.simulated;
  }

  /** The lab, if it is the one that is open. @throws {LabError} `refused` while it is open to the LAN as well */
  #openUnshared(labId: string): OpenLab | OpenSimulatedLab | undefined {
    if (this.#openLab?.labId !== labId) {
      return undefined;
    }
    if (this.#state.type === 'own' && this.#state.own.hosting !== undefined) {
      throw new LabError('refused', 'this lab is open to the network: close it to the network first');
    }
    return this.#openLab;
  }

  /** Closes the open lab and opens another one. If the other one is not available, nothing changes. */
  async #switchTo(labId: string): Promise<LabSummary> {
    if (this.#openLab?.labId === labId) {
      return this.#openLab.summary;
    }
    const taken = await this.#store.take(labId);
    await this.#closePresent();
    try {
      return (await this.#openOwn(taken)).summary;
    } catch (error) {
      this.#state = error instanceof LabError ? { type: 'none', problem: error } : { type: 'none' };
      throw error;
    } finally {
      this.#options.onLabChanged();
    }
  }

  /** Opens the lab that was closed for a moment; where that fails, none is open, and the window hears why. */
  async #reopen(labId: string): Promise<void> {
    await this.#switchTo(labId).catch((error: unknown) => {
      this.#state = error instanceof LabError ? { type: 'none', problem: error } : { type: 'none' };
      this.#options.onLabChanged();
    });
  }

  async #openOwn(taken: TakenLab): Promise<OpenLab | OpenSimulatedLab> {
    const opened = await openTaken(taken, this.#store, this.#options, (lab, problem) => {
      void this.#inTurn(() => this.#failed(lab, problem));
    });
    this.#state = opened;
    return opened.type === 'own' ? opened.own.lab : opened.lab;
  }

  async #failed(lab: OpenSimulatedLab, problem: LabError): Promise<void> {
    if (this.simulated === lab) {
      await this.#closePresent();
      this.#state = { type: 'none', problem };
      this.#options.onLabChanged();
    }
  }

  async #join(
    { address, port, code, machineName, role }: LanCommandInput<'lan:join'>, signal: AbortSignal,
  ): Promise<null> {
    if (this.#state.type === 'joined') {
      throw new LabError('refused', 'this machine is in a lab of another one already: leave it first');
    }
    this.#network.take();
    const codeKey = await codeKeyOf(code);
    const { dataDirectory, workerUrls, reader, file, memory, runId, log, onEvents, onLabChanged } = this.#options;
    const machine = await file.change((present) => ({ ...present, machineName: machineName ?? present.machineName }));
    const place: { joined?: JoinedLab } = {};
    // Its events and views are ignored until it has replaced the open lab.
    const isPresent = (): boolean => place.joined !== undefined && this.joined === place.joined;
    const joined = await JoinedLab.join({
      address, port, codeKey, memory, runId, role,
      isHosting: () => this.#state.type === 'own' && this.#state.own.hosting !== undefined,
      machineName: machine.machineName, permits: machine.permits ?? false,
      folder: join(dataDirectory, 'joined'),
      nodeWorkerUrl: workerUrls.node,
      reader,
      log,
      onEvents: (events) => {
        if (isPresent()) {
          onEvents(events);
        }
      },
      onViewReplaced: () => {
        if (isPresent()) {
          onLabChanged();
        }
      },
      onDismissed: (message) => void this.#dismissed(() => place.joined, message),
    }, signal);
    place.joined = joined;
    await this.#closePresent();
    this.#state = { type: 'joined', joined };
    onLabChanged();
    return null;
  }

  /** @param which called in its turn: a host may send a machine away at the moment it lets it in */
  async #dismissed(which: () => JoinedLab | undefined, reason: string): Promise<void> {
    try {
      await this.#inTurn(() => this.#goBack(which(), reason));
    } catch (error) {
      this.#options.log.warn(`the way back from a joined lab: ${String(error)}`);
    }
  }

  /**
   * The lab of another machine is over for this one: its own last lab is opened again, where it opens any.
   * @param reason why the host has ended it; absent: this machine has left
   */
  async #goBack(joined: JoinedLab | undefined, reason?: string): Promise<void> {
    if (joined === undefined || this.joined !== joined) {
      return;
    }
    this.#options.log.info(`back from a lab on the LAN: ${reason ?? 'this machine has left it'}`);
    const farewell = reason === undefined ? undefined : farewellWords(joined, reason);
    await this.#closePresent();
    if (this.#options.opensOwnLab !== false && this.#closing === undefined) {
      await this.#openLast();
    }
    this.#options.onLabChanged(farewell);
  }

  /** Closes the lab that this machine is in; none is open afterwards. */
  async #closePresent(): Promise<void> {
    const present = this.#state;
    this.#state = { type: 'none' };
    if (present.type === 'own') {
      this.#endHosting(present.own);
      await present.own.lab.close();
    } else if (present.type === 'simulated') {
      await present.lab.close();
    } else if (present.type === 'joined') {
      await present.joined.close();
    }
  }

  #endHosting(own: OwnLab): void {
    own.hosting?.close();
    own.hosting = undefined;
  }

  #hosting(): Hosting {
    const { hosting } = this.own;
    if (hosting === undefined) {
      throw new LabError('refused', 'this lab is not open to the network: open it first');
    }
    return hosting;
  }
}
