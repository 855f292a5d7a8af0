/** What the app does with a file of its own that cannot be read: it goes on without. */
import type { JsonFile } from '../lab/files/jsonFile.ts';
import type { Log } from './log.ts';

/**
 * What the file says; the defaults where there is none, and where it cannot be read. That one is set aside as
 * `NAME.bad` when something is written in its place.
 */
export function loadOr<Value>(defaults: Value, file: JsonFile<Value>, log: Log): Value {
  const reading = file.readNow();
  if (reading.type === 'value') return reading.value;
  if (reading.type !== 'missing') log.warn('a file of the app cannot be read: the defaults are used', reading);
  return defaults;
}
