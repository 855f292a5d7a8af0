/** The commands that act on one open lab. */
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import type { TimeCommandName } from '../contract/time.ts';
import type { DatabaseReader } from './disk/databaseReader.ts';
import type { OpenLab } from './openLab.ts';
import type { LabCommandName } from './service.ts';

/** All but those by which labs are made, kept, opened, joined and left: each of these is for the lab that is open. */
export type OpenLabCommandName = Exclude<
  LabCommandName,
  | `lab:${'list' | 'create' | 'open' | 'openSeed' | 'rename' | 'copy' | 'simulate' | 'delete'}`
  | `lan:${string}` | TimeCommandName
>;

type Table = {
  readonly [Name in OpenLabCommandName]:
  (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

export class OpenLabCommands {
  readonly #lab: OpenLab;
  readonly #reader: DatabaseReader;

  constructor(lab: OpenLab, reader: DatabaseReader) {
    this.#lab = lab;
    this.#reader = reader;
  }

  /** @param input parsed by the command's schema @throws {LabError} */
  async execute<Name extends OpenLabCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    const command: Table[Name] = this.#table[name];
    return command(input);
  }

  has(name: LabCommandName): name is OpenLabCommandName {
    return Object.hasOwn(this.#table, name);
  }

  async #done(action: () => Promise<void> | void): Promise<null> {
    await action();
    return null;
  }

  readonly #table: Table = {
    'lab:attach': () => this.#lab.attach(),
    'lab:setPace': ({ pace }) => this.#done(() => this.#lab.setPace(pace)),
    'lab:setLeaseReads': ({ enabled }) => this.#done(() => this.#lab.leadership.setLeaseReads(enabled)),
    'lab:setDoor': ({ door }) => this.#done(() => this.#lab.door.set(door)),
    'lab:setVariant': ({ variant }) => this.#done(() => this.#lab.variant.set(variant)),
    'events:page': (input) => this.#lab.page(input),
    'node:crash': ({ node }) => this.#done(() => this.#lab.nodes.named(node).crash()),
    'node:restart': ({ node }) => this.#done(() => this.#lab.nodes.named(node).restart()),
    'node:pause': ({ node }) => this.#done(() => this.#lab.nodes.named(node).pause()),
    'node:resume': ({ node }) => this.#done(() => this.#lab.nodes.named(node).resume()),
    'node:wipe': ({ node }) => this.#done(() => this.#lab.wipe(node)),
    'node:compact': ({ node }) => this.#done(() => this.#lab.requests.compact(node)),
    'node:kv': (input) => this.#lab.requests.kvPage(input),
    'node:sessions': (input) => this.#lab.requests.sessions(input),
    'node:disk': ({ node, fromIndex, count }) => (
      this.#lab.machines.diskElsewhere(node, fromIndex, count)
      ?? this.#reader.read({
        nodeName: node, databasePath: this.#lab.nodes.named(node).databasePath, fromIndex, count,
      })
    ),
    'message:deliver': (input) => this.#done(() => this.#lab.requests.actOnHeld('deliver', input)),
    'message:lose': (input) => this.#done(() => this.#lab.requests.actOnHeld('lose', input)),
    'message:double': (input) => this.#done(() => this.#lab.requests.actOnHeld('double', input)),
    'link:set': (input) => this.#done(() => this.#lab.setLink(input)),
    'network:partition': (input) => this.#done(() => this.#lab.partition(input)),
    'network:hold': (input) => this.#done(() => this.#lab.holdAll(input)),
    'network:heal': () => this.#done(() => this.#lab.heal()),
    'network:reset': () => this.#done(() => this.#lab.resetNetwork()),
    'cluster:add': ({ asLearner }) => this.#lab.members.add(asLearner ?? false),
    'cluster:remove': ({ node }) => this.#lab.members.change('remove', node),
    'cluster:promote': ({ node }) => this.#lab.members.change('promote', node),
    'cluster:demote': ({ node }) => this.#lab.members.change('demote', node),
    'cluster:replace': ({ node }) => this.#lab.members.change('replace', node),
    'cluster:transfer': ({ to }) => this.#lab.leadership.transfer(to),
    'cluster:forgetLeader': ({ node }) => this.#done(() => this.#lab.leadership.forgetLeader(node)),
    'kv:execute': (input) => this.#lab.requests.kv(input),
  };
}
