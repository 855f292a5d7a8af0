/** What a person can do to a simulated lab at a moment: everything else in it follows from its seed. */
import type { CommandAnswer, CommandInput } from '../../contract/commands.ts';
import type { LabError } from '../../contract/errors.ts';

/** The commands that change something in the lab, as opposed to those that only look, or move in time. */
export const LAB_ACTION_NAMES = [
  'lab:setPace', 'lab:setLeaseReads', 'lab:setVariant',
  'node:crash', 'node:restart', 'node:pause', 'node:resume', 'node:wipe', 'node:compact',
  'link:set', 'network:partition', 'network:hold', 'network:heal', 'network:reset',
  'message:deliver', 'message:lose', 'message:double',
  'cluster:add', 'cluster:remove', 'cluster:promote', 'cluster:demote', 'cluster:replace', 'cluster:transfer',
  'cluster:forgetLeader', 'kv:execute',
  'next:first', 'next:lose', 'next:double', 'next:delay', 'next:hold',
] as const;

/** Far more than a person does; a program that writes without end is stopped there. */
export const ACTIONS_MAX = 100_000;

export type LabActionName = (typeof LAB_ACTION_NAMES)[number];

export interface LabActionOf<Name extends LabActionName> {
  readonly name: Name;
  readonly input: CommandInput<Name>;
}

export type LabAction = { readonly [Name in LabActionName]: LabActionOf<Name> }[LabActionName];

/** The answer of an action: for those that choose among the next events, null stands for the time afterwards. */
export type LabActionAnswer<Name extends LabActionName> =
  Name extends `next:${string}` ? null : CommandAnswer<Name>;

export type ActionReply = (outcome: LabActionAnswer<LabActionName> | LabError) => void;

export function isLabActionName(name: string): name is LabActionName {
  return (LAB_ACTION_NAMES as readonly string[]).includes(name);
}
