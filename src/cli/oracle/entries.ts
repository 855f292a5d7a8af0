/** Prints log entries in the scripts' words, and reads the membership changes that scripts write. */
import {
  type ConfigurationChange,
  decodeConfigurationChange,
  type Entry,
  type SingleChange,
  type SingleChangeType,
  type Transition,
} from '../../raft/index.ts';
import { quote } from './quote.ts';

/** Marks, in a change's context, the older of the two forms of a membership change that the scripts know. */
const SINGLE_CHANGE_FORM = 'v1';

/** One entry: term, index, kind, and its data. */
export function describeEntry(entry: Entry): string {
  const { term, index } = entry;
  if (entry.type !== 'configuration') {
    return `${term}/${index} EntryNormal ${quote(entry.data)}`;
  }
  const change = decodeConfigurationChange(entry.data);
  const kind = change.context === SINGLE_CHANGE_FORM ? 'EntryConfChange' : 'EntryConfChangeV2';
  const changes = change.changes.map(({ type, id }) => ` ${CHANGE_LETTERS[type]}${id}`);
  return `${term}/${index} ${kind}${changes.join('')}`;
}

/** One line for each entry. */
export function describeEntries(entries: readonly Entry[]): string {
  return entries.map((entry) => `${describeEntry(entry)}\n`).join('');
}

const CHANGE_LETTERS: Record<SingleChangeType, string> = {
  'add-voter': 'v',
  'add-learner': 'l',
  remove: 'r',
  update: 'u',
};

const CHANGE_TYPES = Object.keys(CHANGE_LETTERS) as SingleChangeType[];

/**
 * Reads changes such as `v1 l2 r3 u4`: add a voter, add a learner, remove, update.
 * @throws {RangeError} with the scripts' words, for text that cannot be read
 */
export function parseChanges(text: string): SingleChange[] {
  const tokens = text.trim().split(/\s+/).filter(Boolean);
  return tokens.map((token) => {
    if (token.length < 2) {
      throw new RangeError(`unknown token ${token}`);
    }
    const type = CHANGE_TYPES.find((known) => CHANGE_LETTERS[known] === token[0]);
    if (type === undefined) {
      throw new RangeError(`unknown input: ${token}`);
    }
    const digits = token.slice(1);
    if (!/^\d+$/.test(digits)) {
      throw new RangeError(`strconv.ParseUint: parsing ${JSON.stringify(digits)}: invalid syntax`);
    }
    return { type, id: Number(digits) };
  });
}

/** A change in the scripts' older form has one operation; its context holds the mark. */
export function changeOf(
  changes: readonly SingleChange[],
  transition: Transition,
  singleForm: boolean,
): ConfigurationChange {
  return { transition, changes, ...(singleForm ? { context: SINGLE_CHANGE_FORM } : {}) };
}
