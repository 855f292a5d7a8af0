/** A cluster's configuration as JSON text, as raft.db holds it: readable for people, checked when it is read back. */
import type { Configuration, NodeId } from '../../raft/types.ts';
import { corrupt } from './errors.ts';

/**
 * Reads a configuration back.
 * @throws an error with code SQLITE_CORRUPT when the text is no configuration: the file is then treated as corrupt
 */
export function parseConfiguration(text: string): Configuration {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAConfiguration(text);
  }
  if (typeof value !== 'object' || value === null) {
    throw notAConfiguration(text);
  }
  const autoLeave = 'autoLeave' in value ? value.autoLeave : undefined;
  if (typeof autoLeave !== 'boolean') {
    throw notAConfiguration(text);
  }
  const ids = (name: keyof Configuration): readonly NodeId[] => {
    const list: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
    if (!Array.isArray(list) || !list.every((id): id is NodeId => Number.isSafeInteger(id) && Number(id) > 0)) {
      throw notAConfiguration(text);
    }
    return list;
  };
  return {
    voters: ids('voters'),
    votersOutgoing: ids('votersOutgoing'),
    learners: ids('learners'),
    learnersNext: ids('learnersNext'),
    autoLeave,
  };
}

function notAConfiguration(text: string): Error {
  return corrupt(`not a configuration: ${text.slice(0, 80)}`);
}
