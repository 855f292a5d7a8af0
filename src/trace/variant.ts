/** Which Raft a lab runs: what Raftlab adds to the paper's Figure 2, and the safety rules that are switched off. */
import { RULE_NAMES } from '../raft/rules.ts';
import type { RuleName } from '../raft/rules.ts';

export type { RuleName } from '../raft/rules.ts';
export { RULE_NAMES } from '../raft/rules.ts';

/** Which Raft the servers of a lab run. It is the same on all of them. */
export interface RaftVariant {
  /** Ask for pre-votes before an election (dissertation §9.6). */
  readonly preVote: boolean;
  /** Leaders step down without a quorum; followers of a live leader refuse votes (dissertation §6.2, §4.2.3). */
  readonly checkQuorum: boolean;
  /** A leader begins its term with an empty entry (Raft §8). */
  readonly noOp: boolean;
  /** Clients have sessions, so that a retried command takes effect once (dissertation §6.3). */
  readonly sessions: boolean;
  /** How a read is answered that does not say how. */
  readonly defaultRead: DefaultRead;
  /** The safety rules that are switched off (raft/rules.ts), in the order of RULE_NAMES. */
  readonly rulesOff: readonly RuleName[];
}

export type DefaultRead = 'read-index' | 'log';

/** All that Raftlab has, and all rules. */
export const RAFTLAB_VARIANT: RaftVariant = Object.freeze({
  preVote: true, checkQuorum: true, noOp: true, sessions: true, defaultRead: 'read-index', rulesOff: Object.freeze([]),
});

/** Figure 2 of the paper and no more. */
export const PAPER_VARIANT: RaftVariant = Object.freeze({
  preVote: false, checkQuorum: false, noOp: false, sessions: false, defaultRead: 'log', rulesOff: Object.freeze([]),
});

export type VariantPreset = 'raftlab' | 'paper';

const PRESETS: Readonly<Record<VariantPreset, RaftVariant>> = { raftlab: RAFTLAB_VARIANT, paper: PAPER_VARIANT };

export const VARIANT_PRESETS = Object.keys(PRESETS) as readonly VariantPreset[];

/** What a variant may differ in, besides the rules. */
export type VariantSwitch = Exclude<keyof RaftVariant, 'rulesOff'>;

export const VARIANT_SWITCHES: readonly VariantSwitch[] = ['preVote', 'checkQuorum', 'noOp', 'sessions', 'defaultRead'];

/** A preset without some of its safety rules. */
export function variantOf(preset: VariantPreset, without: readonly RuleName[] = []): RaftVariant {
  return withoutRules(PRESETS[preset], without);
}

/** The variant with exactly these rules off. */
export function withoutRules(variant: RaftVariant, rulesOff: readonly RuleName[]): RaftVariant {
  return { ...variant, rulesOff: RULE_NAMES.filter((rule) => rulesOff.includes(rule)) };
}

/** The preset that has these switches, whatever its rules; undefined where the switches are mixed. */
export function presetOf(variant: RaftVariant): VariantPreset | undefined {
  return VARIANT_PRESETS.find((preset) => differences(variant, PRESETS[preset]).length === 0);
}

/** Whether both say the same, rules included. */
export function isSameVariant(one: RaftVariant, other: RaftVariant): boolean {
  return differences(one, other).length === 0 && one.rulesOff.length === other.rulesOff.length
    && one.rulesOff.every((rule) => other.rulesOff.includes(rule));
}

/** Whether a lab runs what Raftlab runs by itself: nothing about it needs to be said. */
export function isRaftlabs(variant: RaftVariant): boolean {
  return isSameVariant(variant, RAFTLAB_VARIANT);
}

/** The switches that two variants set differently. */
export function differences(one: RaftVariant, other: RaftVariant): readonly VariantSwitch[] {
  return VARIANT_SWITCHES.filter((name) => one[name] !== other[name]);
}
