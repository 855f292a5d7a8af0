/** The safety checks that watch a lab while it runs. */
import type { NodeId } from '../../raft/types.ts';
import type { LabEvent, TraceEvent } from '../events.ts';
import { nodeNameOf } from '../names.ts';
import type { NodeName } from '../names.ts';
import type { Check } from './check.ts';
import { ElectionSafety } from './electionSafety.ts';
import { LeaderAppendOnly } from './leaderAppendOnly.ts';
import { MonotonicCommit } from './monotonicCommit.ts';
import { MonotonicTerm } from './monotonicTerm.ts';
import { StateMachineSafety } from './stateMachineSafety.ts';

/** What a check found, as the event to put into the trace behind the one that showed it. */
export type SafetyViolated = LabEvent & { readonly type: 'safetyViolated' };

/** A broken cluster may break its promises with every entry: after so many there is nothing new to learn. */
export const VIOLATIONS_TOLD_MAX = 100;

function allChecks(): readonly Check[] {
  return [
    new ElectionSafety(), new LeaderAppendOnly(), new StateMachineSafety(), new MonotonicCommit(), new MonotonicTerm(),
  ];
}

/** A guarantee that is watched: its name, where it is stated, and what it says. */
export type Guarantee = Pick<Check, 'name' | 'section' | 'statement'>;

/** Every guarantee that is watched, in the order in which a person reads of them. */
export const GUARANTEES: readonly Guarantee[] =
  allChecks().map(({ name, section, statement }) => ({ name, section, statement }));

/** All checks over one trace. They take it from its beginning, or from where a lab was opened. */
export class SafetyChecks {
  #checks = allChecks();
  #toldCount = 0;
  /** The nodes of the lab, as far as the trace has told of them. */
  #nodes = new Set<NodeName>();

  /** Takes note of an event, in the order of the trace; almost always finds nothing. Never throws. */
  observe(event: TraceEvent): readonly SafetyViolated[] {
    this.#follow(event);
    const violated: SafetyViolated[] = [];
    for (const check of this.#checks) {
      const finding = check.observe(event);
      if (finding === null || this.#toldCount === VIOLATIONS_TOLD_MAX) continue;
      this.#toldCount += 1;
      const { name, section, statement } = check;
      violated.push({ type: 'safetyViolated', check: name, section, statement, ...finding, seenAtSeq: event.seq });
    }
    return violated;
  }

  /**
   * Some of a node's events are missing from here on (it was too busy to tell them). From now on the checks say only
   * what holds whatever these were: they may overlook a violation, and never report one that there was not.
   */
  missed(node: NodeId): void {
    for (const check of this.#checks) check.missed?.(node);
  }

  /** Keeps account of which nodes there are, and begins anew where a cluster does. */
  #follow(event: TraceEvent): void {
    if (event.type === 'labOpened') {
      this.#checks = allChecks();
      this.#toldCount = 0;
      this.#nodes = new Set(event.nodes);
    } else if (event.type === 'nodeStarted' || event.type === 'nodeAdded') {
      this.#nodes.add(event.name);
    } else if (event.type === 'nodeRemoved') {
      this.#nodes.delete(event.name);
    } else if (event.type === 'nodeRestated') {
      // It was out of sight: what it did meanwhile was not heard here.
      this.missed(event.node);
    } else if (event.type === 'nodeWiped' && this.#nodes.size === 1 && this.#nodes.has(nodeNameOf(event.node))) {
      // A cluster of one that lost its disk is another cluster: it counts terms and indexes from the beginning.
      this.#checks = allChecks();
    }
  }
}
