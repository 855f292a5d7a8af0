/** The parts of one server, made in the order in which they need each other. */
import { RaftNode, rulesWithout } from '../raft/index.ts';
import type { RaftSwitches } from '../raft/index.ts';
import { RAFTLAB_VARIANT } from '../trace/variant.ts';
import type { RaftVariant } from '../trace/variant.ts';
import { ClientRequests } from './clients/clientRequests.ts';
import { ClusterRequests } from './clients/clusterRequests.ts';
import { Network } from './net/network.ts';
import type { NetworkReceiver } from './net/network.ts';
import { networkSettingsOf } from './net/networkSettings.ts';
import { visibilityOf } from './net/peers.ts';
import { randomizedElectionTimeout } from './pace.ts';
import type { ServerConfiguration } from './protocol.ts';
import { seededRandom } from './random.ts';
import { COMPACTION_DEFAULTS } from './snapshots/compactionPolicy.ts';
import { restoreStateMachine } from './snapshots/snapshotLoader.ts';
import { ServerSnapshots } from './snapshots/snapshots.ts';
import type { TurnWorld } from './trace/turnTrace.ts';
import { Applier } from './turn/applier.ts';
import { ENTRIES_BYTES_PER_MESSAGE_MAX } from './turn/proposalBatches.ts';
import { ReadyWriter } from './turn/readyWriter.ts';
import { ServerLog } from './turn/serverLog.ts';
import { TickCount } from './turn/tickCount.ts';

/** How much of a snapshot one turn handles: a few milliseconds of a node's thread. */
export const SNAPSHOT_STEP_BYTES = 256 * 1024;

export interface ServerParts {
  readonly raft: RaftNode;
  readonly applier: Applier;
  readonly snapshots: ServerSnapshots;
  readonly clients: ClientRequests;
  readonly cluster: ClusterRequests;
  readonly writer: ReadyWriter;
  readonly network: Network;
  readonly ticks: TickCount;
}

/**
 * @param secret seals the datagrams; undefined: they are not sealed
 * @param receiver gets what the network receives, once all parts are made
 * @throws {LabError} `corrupt-file` when the stored snapshot is not what was written
 */
export function makeParts(
  configuration: ServerConfiguration, secret: Uint8Array | undefined, world: TurnWorld, receiver: NetworkReceiver,
): ServerParts {
  const { id, dataBytesMax, compaction, snapshotStepBytes: stepBytes = SNAPSHOT_STEP_BYTES } = configuration;
  const { clock, store, trace, answers } = world;
  const settings = networkSettingsOf(configuration);
  const network = new Network({ ...settings, boot: store.boot, datagramSecret: secret, world, receiver });
  const ticks = new TickCount();
  const writer = new ReadyWriter(store, trace);
  const stateMachine = restoreStateMachine(world, stepBytes);
  const { lastIncludedIndex } = store.snapshots.current;
  const log = new ServerLog(store);
  const raft = new RaftNode(coreSettings(configuration, log, lastIncludedIndex));
  const applier = new Applier(stateMachine, lastIncludedIndex, raft, trace);
  const snapshots = new ServerSnapshots({
    world, settings: compaction ?? COMPACTION_DEFAULTS, raft, applier, writer, network, stepBytes,
  });
  log.offerFrom(snapshots);
  const clients = new ClientRequests({
    variant: configuration.variant ?? RAFTLAB_VARIANT,
    id, boot: store.boot, dataBytesMax, clock, raft, applier, trace, answers,
    visibility: () => visibilityOf(raft, network.peers, ticks.now),
  }, lastIncludedIndex);
  const cluster = new ClusterRequests(raft, clock, answers);
  return { raft, applier, snapshots, clients, cluster, writer, network, ticks };
}

function coreSettings(configuration: ServerConfiguration, log: ServerLog, applied: number) {
  const { id, times, promisedMs, seed, leaseReads, variant = RAFTLAB_VARIANT } = configuration;
  return {
    id,
    ...times,
    ...(promisedMs === undefined ? {} : { promisedTicks: Math.ceil(promisedMs / times.tickMs) }),
    randomizedElectionTimeout: randomizedElectionTimeout(seededRandom(seed)),
    storage: log,
    applied,
    readOnly: leaseReads === true ? 'lease' : 'read-index',
    maxEntriesBytesPerMessage: ENTRIES_BYTES_PER_MESSAGE_MAX,
    ...configuration.core,
    ...switchesOf(variant),
  } as const;
}

/** What of a variant the core decides. */
export function switchesOf({ preVote, checkQuorum, noOp, rulesOff }: RaftVariant): Required<RaftSwitches> {
  return { preVote, checkQuorum, noOp, rules: rulesWithout(rulesOff) };
}
