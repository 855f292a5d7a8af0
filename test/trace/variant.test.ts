/** Variants of Raft: presets, rules, the names people see, and the schema that lets a variant in from outside. */
import { describe, expect, it } from 'vitest';
import { raftVariant } from '../../src/trace/schemaParts.ts';
import {
  isRaftlabs, isSameVariant, PAPER_VARIANT, presetOf, RAFTLAB_VARIANT, variantOf,
} from '../../src/trace/variant.ts';
import { variantWords } from '../../src/trace/variantWords.ts';

describe('variants of Raft', () => {
  it.each([
    [RAFTLAB_VARIANT, 'Raftlab’s Raft'],
    [PAPER_VARIANT, 'as in the paper'],
    [variantOf('paper', ['commitOnlyCurrentTerm']), 'as in the paper, without commitOnlyCurrentTerm'],
    [variantOf('raftlab', ['majorityQuorum', 'voteOncePerTerm']),
      'Raftlab’s Raft, without voteOncePerTerm, majorityQuorum'],
    [{ ...RAFTLAB_VARIANT, preVote: false }, 'Raftlab’s Raft, no pre-vote'],
  ])('says what a lab runs (%#)', (variant, words) => {
    expect(variantWords(variant)).toBe(words);
  });

  it('finds the preset whatever the rules, and none where switches are mixed', () => {
    expect(presetOf(variantOf('paper', ['voteOncePerTerm']))).toBe('paper');
    expect(presetOf({ ...PAPER_VARIANT, sessions: true })).toBeUndefined();
    expect(isRaftlabs(variantOf('raftlab', ['voteOncePerTerm']))).toBe(false);
    expect(isSameVariant(variantOf('raftlab', ['voteOncePerTerm']), RAFTLAB_VARIANT)).toBe(false);
  });

  it('takes what it writes, and no rule that this version does not know', () => {
    const variant = variantOf('paper', ['commitOnlyCurrentTerm']);
    expect(raftVariant.parse(JSON.parse(JSON.stringify(variant)))).toEqual(variant);
    expect(raftVariant.safeParse({ ...variant, rulesOff: ['noSuchRule'] }).success).toBe(false);
  });
});
