/** Reads the app's own files, and continues without a file that cannot be read. */
import type { JsonFile } from '../lab/files/jsonFile.ts';
import type { Log } from './log.ts';

/**
 * The file's content; the defaults if there is no file or it cannot be read. An unreadable file is kept as `NAME.bad`
 * when a new one replaces it; one that another program holds is read again before that.
 */
export function loadOr<Value>(defaults: Value, file: JsonFile<Value>, log: Log): Value {
  const reading = file.readNow();
  if (reading.type === 'value') return reading.value;
  if (reading.type !== 'missing') log.warn('a file of the app cannot be read: the defaults are used', reading);
  return defaults;
}
