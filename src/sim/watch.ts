/** The checks over a simulated cluster. Each observes everything that happens; the first that fails ends the run. */
import { type Configuration, EMPTY_CONFIGURATION, type Index, type NodeId } from '../raft/index.ts';
import { AnswersMatchTheLog } from './checks/answersMatchTheLog.ts';
import { ChangesComeOneByOne } from './checks/changesComeOneByOne.ts';
import { CommandsTakeEffectOnce } from './checks/commandsTakeEffectOnce.ts';
import { CommitNeverGoesBack } from './checks/commitNeverGoesBack.ts';
import { CommitsSurviveElections } from './checks/commitsSurviveElections.ts';
import { CommittedLog } from './checks/committedLog.ts';
import { ElectionSafety } from './checks/electionSafety.ts';
import { HardStateNeverGoesBack } from './checks/hardStateNeverGoesBack.ts';
import { LeaderAppendOnly } from './checks/leaderAppendOnly.ts';
import { LeaderCompleteness } from './checks/leaderCompleteness.ts';
import { LeaseExcludesLeaders } from './checks/leaseExcludesLeaders.ts';
import { LogMatching } from './checks/logMatching.ts';
import { MachinesAreTheSame } from './checks/machinesAreTheSame.ts';
import { NothingIsMalformed } from './checks/nothingIsMalformed.ts';
import type { Check } from './checks/observer.ts';
import { OneVoteATerm } from './checks/oneVoteATerm.ts';
import { QuorumHoldsCommits } from './checks/quorumHoldsCommits.ts';
import { ReadsAreFresh } from './checks/readsAreFresh.ts';
import { ReferenceMachine } from './checks/referenceMachine.ts';
import { RefusalsAreTrue } from './checks/refusalsAreTrue.ts';
import { SnapshotsAreTheSame } from './checks/snapshotsAreTheSame.ts';
import { StateMachineSafety } from './checks/stateMachineSafety.ts';
import type { SimulatedNode } from './simulatedNode.ts';

/** The configurations in the order in which they took effect, as far as any server has applied. */
export class ConfigurationHistory {
  readonly #history: { readonly index: Index; readonly configuration: Configuration }[];
  #appliedUpTo: Index;

  constructor(index: Index, first: Configuration) {
    this.#history = [{ index, configuration: first }];
    this.#appliedUpTo = index;
  }

  get newest(): Configuration {
    return this.#history.at(-1)?.configuration ?? EMPTY_CONFIGURATION;
  }

  /** Whether the server was a member once and no longer is. */
  wasRemoved(id: NodeId): boolean {
    return !isMember(this.newest, id) && this.#history.some(({ configuration }) => isMember(configuration, id));
  }

  noteApplied(index: Index): void {
    this.#appliedUpTo = Math.max(this.#appliedUpTo, index);
  }

  /** @returns whether it is new */
  note(index: Index, configuration: Configuration): boolean {
    if (index <= (this.#history.at(-1)?.index ?? 0)) {
      return false;
    }
    this.#history.push({ index, configuration });
    return true;
  }

  /** What is in force at an index; undefined while nobody has applied up to it. */
  at(index: Index): Configuration | undefined {
    return index > this.#appliedUpTo
      ? undefined
      : this.#history.findLast((change) => change.index <= index)?.configuration;
  }
}

function isMember({ voters, votersOutgoing, learners }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || votersOutgoing.includes(id) || learners.includes(id);
}

/** All checks, over these servers. */
export function checksOver(
  servers: ReadonlyMap<number, SimulatedNode>,
  configurations: ConfigurationHistory,
  firstIndex: Index,
): readonly Check[] {
  const committed = new CommittedLog();
  const reference = new ReferenceMachine(firstIndex);
  const diskOf = (id: number) => {
    const server = servers.get(id);
    return server === undefined || server.life === 'lost' ? undefined : server.disk;
  };
  return [
    new ElectionSafety(),
    new OneVoteATerm(),
    new LeaderAppendOnly(),
    new LogMatching(),
    new LeaderCompleteness(committed),
    new StateMachineSafety(committed),
    reference,
    new CommitNeverGoesBack(),
    new HardStateNeverGoesBack(),
    new ChangesComeOneByOne(),
    new QuorumHoldsCommits({
      configurationOf: (id) => servers.get(id)?.status()?.configuration ?? EMPTY_CONFIGURATION,
      isStored: (id, index, term) => servers.get(id)?.disk.has(index, term) ?? false,
    }),
    new CommitsSurviveElections({
      servers: () => [...servers.values()].filter(({ life }) => life !== 'lost'),
      diskOf,
      configurationAt: (index) => configurations.at(index),
    }),
    new ReadsAreFresh(),
    new LeaseExcludesLeaders(),
    new CommandsTakeEffectOnce(reference),
    new AnswersMatchTheLog(reference),
    new RefusalsAreTrue(reference),
    new SnapshotsAreTheSame(reference),
    new MachinesAreTheSame(reference),
    new NothingIsMalformed(),
  ];
}
