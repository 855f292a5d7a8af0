/** A variant of Raft in words: its name, and what each switch means. */
import { withoutRule } from './ruleWords.ts';
import { differences, PAPER_VARIANT, RAFTLAB_VARIANT, VARIANT_SWITCHES } from './variant.ts';
import type { RaftVariant, VariantPreset, VariantSwitch } from './variant.ts';

/** A switch for a person: what it is called, and one sentence for each position, with the section it is from. */
interface SwitchWords {
  readonly name: string;
  readonly on: string;
  readonly off: string;
}

export const SWITCH_WORDS: Readonly<Record<VariantSwitch, SwitchWords>> = {
  preVote: {
    name: 'pre-vote',
    on: 'A server asks whether it could win before it begins a term (dissertation §9.6).',
    off: 'A server whose election timer runs out begins a new term at once (Raft §5.2).',
  },
  checkQuorum: {
    name: 'check-quorum',
    on: 'A leader that hears no majority steps down, and followers of a live leader refuse votes (dissertation §6.2).',
    off: 'A leader leads until it hears of a higher term, even one that a majority cannot hear (Raft §5.1).',
  },
  noOp: {
    name: 'no-op at the start of a term',
    on: 'A new leader appends an empty entry, and commits with it what earlier leaders left (Raft §8).',
    off: 'A new leader appends nothing: entries of earlier terms are committed with its first write (Raft §5.4.2).',
  },
  sessions: {
    name: 'client sessions',
    on: 'Each client opens a session, and a command that is sent again takes effect once (dissertation §6.3).',
    off: 'Commands are plain: one entry a write, and one that is sent again may be applied twice (Raft §8).',
  },
  defaultRead: {
    name: 'reads without a log entry',
    on: 'A read is answered by read index, without an entry in the log (dissertation §6.4).',
    off: 'A read takes its place in the log, like a write (dissertation §6.4).',
  },
};

/** Whether a switch is as Raftlab has it. */
export function isOn(variant: RaftVariant, name: VariantSwitch): boolean {
  return variant[name] === RAFTLAB_VARIANT[name];
}

/** What a switch means as it is set. */
export function switchSentence(variant: RaftVariant, name: VariantSwitch): string {
  return isOn(variant, name) ? SWITCH_WORDS[name].on : SWITCH_WORDS[name].off;
}

export const PRESET_WORDS: Readonly<Record<VariantPreset, { readonly name: string; readonly sentence: string }>> = {
  raftlab: {
    name: 'Raftlab',
    sentence: 'The paper with what makes it good in practice: pre-vote, check-quorum, no-ops, client sessions.',
  },
  paper: {
    name: 'As in the paper',
    sentence: 'Only what Figure 2 has: no pre-vote, no check-quorum, no no-op, plain commands, reads through the log.',
  },
};

/** What a lab runs, in a few words: `as in the paper, without commitOnlyCurrentTerm`. */
export function variantWords(variant: RaftVariant): string {
  const rules = variant.rulesOff.length === 0 ? [] : [`without ${variant.rulesOff.join(', ')}`];
  const off = differences(variant, RAFTLAB_VARIANT);
  const on = differences(variant, PAPER_VARIANT);
  return on.length < off.length
    ? ['as in the paper', ...on.map((name) => `but ${SWITCH_WORDS[name].name}`), ...rules].join(', ')
    : ['Raftlab’s Raft', ...off.map((name) => `no ${SWITCH_WORDS[name].name}`), ...rules].join(', ');
}

/** Everything about a variant: its name, each switch and each rule that is off, a line each. */
export function describeVariant(variant: RaftVariant): string {
  return [
    `this lab runs ${variantWords(variant)}`,
    ...VARIANT_SWITCHES.map((name) => (
      `  ${SWITCH_WORDS[name].name}: ${isOn(variant, name) ? 'on' : 'off'}. ${switchSentence(variant, name)}`)),
    ...variant.rulesOff.map((rule) => `  unsafe, without ${rule}: ${withoutRule(rule)}`),
  ].join('\n');
}
