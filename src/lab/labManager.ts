/** Carries out the lab commands: which lab is open, and what each command asks of it. */
import type { LabSummary } from '../contract/answers.ts';
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { LanAnswers, LanCommandInput, LanCommandName } from '../contract/lan.ts';
import type { TraceEvent } from '../trace/events.ts';
import { DatabaseReader } from './databaseReader.ts';
import { HostedOpenLab } from '../lan/host/hostedLab.ts';
import { LanService } from '../lan/lanService.ts';
import { LabStore } from './files/labStore.ts';
import { OpenLab, summaryOf } from './openLab.ts';
import { SerialQueue } from './serialQueue.ts';
import type { LabCommandName, LabService, LabServiceOptions } from './service.ts';

/** What this machine answers itself while it has joined a lab on another one. */
const STAYS_HERE: ReadonlySet<LabCommandName> = new Set<LabCommandName>([
  'lab:list', 'lab:create', 'lab:open', 'lab:delete', 'lab:attach', 'lan:interfaces', 'lan:status', 'lan:find',
  'lan:test', 'lan:join', 'lan:useCode', 'lan:leave', 'lan:bringNode', 'lan:setPermits',
]);

const DEFAULT_LAB = { name: 'Default lab', nodeCount: 5, pace: 'class' } as const;

type LabCommands = {
  readonly [Name in LabCommandName]: (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

export class LabManager implements LabService {
  readonly #options: LabServiceOptions;
  readonly #store: LabStore;
  readonly #reader: DatabaseReader;
  /** Opening, creating, deleting and closing, one after the other. */
  readonly #queue = new SerialQueue();
  readonly #eventListeners = new Set<(events: readonly TraceEvent[]) => void>();
  readonly #labListeners = new Set<() => void>();
  readonly #lan: LanService;
  #lab: OpenLab | undefined;
  /** Why no lab is open, when one should be. */
  #problem: LabError | undefined;
  #isClosed = false;

  constructor(options: LabServiceOptions) {
    this.#options = options;
    this.#store = new LabStore(options.dataDirectory, options.log);
    this.#reader = new DatabaseReader(options.workerUrls.databaseReader);
    this.#lan = new LanService({
      dataDirectory: options.dataDirectory,
      nodeWorkerUrl: options.workerUrls.node,
      reader: this.#reader,
      log: options.log,
      openLab: () => new HostedOpenLab(this.#openLab, (name, input) => this.#onOpenLab(name, input), options.log),
      enter: () => this.#queue.run(async () => {
        await this.#closeOpen();
        this.#tellLabChanged();
      }),
      goBack: (reason) => this.#queue.run(() => this.#goBack(reason)),
      onEvents: (events) => this.#tellEvents(events),
      onViewReplaced: () => this.#tellLabChanged(),
    });
  }

  /** Opens the lab that was open last; makes the default where there is none at all. */
  async begin(): Promise<void> {
    const { labs, damaged } = await this.#store.list();
    const [last] = labs;
    if (last === undefined && damaged[0] !== undefined) {
      this.#problem = damaged[0].problem;
      return;
    }
    const { name, nodeCount, pace } = DEFAULT_LAB;
    const file = last ?? await this.#store.create(name, nodeCount, pace);
    try {
      this.#lab = await this.#open(file.labId);
    } catch (error) {
      if (!(error instanceof LabError)) {
        throw error;
      }
      this.#options.log.warn(`lab ${file.labId} could not be opened: ${error.message}`);
      this.#problem = error;
    }
  }

  async execute<Name extends LabCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    const { joined } = this.#lan;
    if (joined !== undefined && !STAYS_HERE.has(name)) {
      // What is asked of a lab on another machine is carried out there; the answer is of the command's own type.
      return await joined.execute(name, input) as CommandAnswer<Name>;
    }
    if (this.#lan.isHosting) {
      this.#lan.askedHere(name, input);
    }
    const command: LabCommands[Name] = this.#commands[name];
    return command(input);
  }

  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onLabChanged(listener: () => void): () => void {
    this.#labListeners.add(listener);
    return () => this.#labListeners.delete(listener);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#queue.run(async () => {
      await this.#closeOpen();
      this.#lan.close();
      await this.#reader.close();
    });
  }

  readonly #commands: LabCommands = {
    'lab:list': () => this.#list(),
    'lab:create': ({ name, nodeCount, pace }) => this.#queue.run(async () => (
      this.#switchTo((await this.#store.create(name, nodeCount, pace)).labId)
    )),
    'lab:open': ({ labId }) => this.#queue.run(async () => (
      this.#lab?.labId === labId ? this.#lab.summary : this.#switchTo(labId)
    )),
    'lab:delete': ({ labId }) => this.#queue.run(() => this.#delete(labId)),
    'lab:attach': () => (this.#lan.joined ?? this.#openLab).attach(),
    'lab:setPace': ({ pace }) => this.#done(() => this.#openLab.setPace(pace)),
    'lab:setLeaseReads': ({ enabled }) => this.#done(() => this.#openLab.leadership.setLeaseReads(enabled)),
    'events:page': (input) => this.#openLab.page(input),
    'node:crash': ({ node }) => this.#done(() => this.#openLab.nodes.named(node).crash()),
    'node:restart': ({ node }) => this.#done(() => this.#openLab.nodes.named(node).restart()),
    'node:pause': ({ node }) => this.#done(() => this.#openLab.nodes.named(node).pause()),
    'node:resume': ({ node }) => this.#done(() => this.#openLab.nodes.named(node).resume()),
    'node:wipe': ({ node }) => this.#done(() => this.#openLab.wipe(node)),
    'node:compact': ({ node }) => this.#done(() => this.#openLab.requests.compact(node)),
    'node:kv': (input) => this.#openLab.requests.kvPage(input),
    'node:sessions': (input) => this.#openLab.requests.sessions(input),
    'node:disk': ({ node, fromIndex, count }) => (
      this.#openLab.machines.diskElsewhere(node, fromIndex, count)
      ?? this.#reader.read({
        nodeName: node, databasePath: this.#openLab.nodes.named(node).databasePath, fromIndex, count,
      })
    ),
    'link:set': (input) => this.#done(() => this.#openLab.setLink(input)),
    'network:partition': (input) => this.#done(() => this.#openLab.partition(input)),
    'network:heal': () => this.#done(() => this.#openLab.heal()),
    'network:reset': () => this.#done(() => this.#openLab.resetNetwork()),
    'cluster:add': ({ asLearner }) => this.#openLab.members.add(asLearner ?? false),
    'cluster:remove': ({ node }) => this.#openLab.members.change('remove', node),
    'cluster:promote': ({ node }) => this.#openLab.members.change('promote', node),
    'cluster:demote': ({ node }) => this.#openLab.members.change('demote', node),
    'cluster:replace': ({ node }) => this.#openLab.members.change('replace', node),
    'cluster:transfer': ({ to }) => this.#openLab.leadership.transfer(to),
    'cluster:forgetLeader': ({ node }) => this.#done(() => this.#openLab.leadership.forgetLeader(node)),
    'kv:execute': (input) => this.#openLab.requests.kv(input),
    ...this.#lanCommands(),
  };

  #lanCommands(): Pick<LabCommands, LanCommandName> {
    const ofLan = <Name extends LanCommandName>(name: Name) =>
      (input: LanCommandInput<Name>): Promise<LanAnswers[Name]> => this.#lan.execute(name, input);
    return {
      'lan:interfaces': ofLan('lan:interfaces'),
      'lan:status': ofLan('lan:status'),
      'lan:open': ofLan('lan:open'),
      'lan:close': ofLan('lan:close'),
      'lan:renewCode': ofLan('lan:renewCode'),
      'lan:setJoining': ofLan('lan:setJoining'),
      'lan:dismiss': ofLan('lan:dismiss'),
      'lan:find': ofLan('lan:find'),
      'lan:test': ofLan('lan:test'),
      'lan:join': ofLan('lan:join'),
      'lan:useCode': ofLan('lan:useCode'),
      'lan:leave': ofLan('lan:leave'),
      'lan:bringNode': ofLan('lan:bringNode'),
      'lan:setPermits': ofLan('lan:setPermits'),
    };
  }

  /** A command that a machine of the LAN has sent; its input has been parsed by the command's schema. */
  #onOpenLab(name: LabCommandName, input: unknown): Promise<unknown> {
    const command = this.#commands[name] as (parsed: unknown) => unknown;
    return Promise.resolve(command(input));
  }

  /** The lab of another machine is over for this one: its own last lab is opened again, where it opens any. */
  async #goBack(reason: string): Promise<void> {
    this.#options.log.info(`back from a lab on the LAN: ${reason}`);
    if (!this.#isClosed) {
      if (this.#options.opensOwnLab !== false) {
        await this.begin();
      }
      this.#tellLabChanged();
    }
  }

  async #done(action: () => Promise<void> | void): Promise<null> {
    await action();
    return null;
  }

  /** @throws {LabError} when no lab is open, with the reason */
  get #openLab(): OpenLab {
    if (this.#lab === undefined) {
      throw this.#problem ?? new LabError('no-open-lab', 'no lab is open: open one, or make a new one');
    }
    return this.#lab;
  }

  async #list(): Promise<readonly LabSummary[]> {
    const { labs, damaged } = await this.#store.list();
    return [
      ...labs.map((file) => (file.labId === this.#lab?.labId ? this.#lab.summary : summaryOf(file))),
      ...damaged.map(({ labId, problem }) => ({
        labId, name: labId, nodeCount: 0, pace: 'class' as const, createdAtMs: 0, openedAtMs: 0, isOpen: false,
        problem: problem.message,
      })),
    ];
  }

  /** Closes the open lab and opens another; when that fails, no lab is open and the reason is kept. */
  async #switchTo(labId: string): Promise<LabSummary> {
    await this.#closeOpen();
    try {
      this.#lab = await this.#open(labId);
      return this.#lab.summary;
    } catch (error) {
      this.#problem = error instanceof LabError ? error : undefined;
      throw error;
    } finally {
      this.#tellLabChanged();
    }
  }

  async #delete(labId: string): Promise<null> {
    const isOpen = this.#lab?.labId === labId;
    if (isOpen) {
      await this.#closeOpen();
    }
    await this.#store.remove(labId);
    if (isOpen) {
      this.#tellLabChanged();
    }
    return null;
  }

  async #closeOpen(): Promise<void> {
    const lab = this.#lab;
    await this.#lan.labCloses();
    this.#lab = undefined;
    this.#problem = undefined;
    await lab?.close();
  }

  #open(labId: string): Promise<OpenLab> {
    if (this.#isClosed) {
      return Promise.reject(new LabError('no-open-lab', 'Raftlab is closing'));
    }
    return OpenLab.open(labId, {
      store: this.#store,
      nodeWorkerUrl: this.#options.workerUrls.node,
      log: this.#options.log,
      onEvents: (events) => {
        this.#lan.push(events);
        this.#tellEvents(events);
      },
    });
  }

  #tellEvents(events: readonly TraceEvent[]): void {
    for (const listener of this.#eventListeners) {
      listener(events);
    }
  }

  #tellLabChanged(): void {
    for (const listener of this.#labListeners) {
      listener();
    }
  }
}
