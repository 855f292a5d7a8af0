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

/** A check's finding, as the event that follows the one that showed it in the trace. */
export type SafetyViolated = LabEvent & { readonly type: 'safetyViolated' };

/** The most violations reported: a broken cluster may cause one with every entry, without anything new to learn. */
export const VIOLATIONS_TOLD_MAX = 100;

function allChecks(): readonly Check[] {
  return [
    new ElectionSafety(), new LeaderAppendOnly(), new StateMachineSafety(), new MonotonicCommit(), new MonotonicTerm(),
  ];
}

/** A watched guarantee: its name, where it is stated, and its statement. */
export type Guarantee = Pick<Check, 'name' | 'section' | 'statement'>;

/** Every watched guarantee, in display order. */
export const GUARANTEES: readonly Guarantee[] =
  allChecks().map(({ name, section, statement }) => ({ name, section, statement }));

/** All checks over one trace. They start at its beginning, or where a lab was opened. */
export class SafetyChecks {
  #checks = allChecks();
  #toldCount = 0;
  /** The nodes of the lab that the trace has mentioned. */
  #nodes = new Set<NodeName>();

  /** Checks the next event of the trace; almost always finds nothing. Never throws. */
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
   * Some of a node's events are missing at this point (it was too busy to report them). From now on the checks report
   * only what holds whatever these events were: they may overlook a violation, but never report a false one.
   */
  missed(node: NodeId): void {
    for (const check of this.#checks) check.missed?.(node);
  }

  /** Keeps track of the existing nodes, and resets the checks when a new cluster begins. */
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
      // Its events were not received while its machine was away.
      this.missed(event.node);
    } else if (event.type === 'nodeWiped' && this.#nodes.size === 1 && this.#nodes.has(nodeNameOf(event.node))) {
      // A cluster of one that lost its disk is another cluster: it counts terms and indexes from the beginning.
      this.#checks = allChecks();
    }
  }
}
