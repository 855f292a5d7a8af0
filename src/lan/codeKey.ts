/** Derives the key of the host's door from the join code that a person types. */
import { LabError } from '../contract/errors.ts';
import { joinKeysOf, readJoinCode } from '../wire/crypto.ts';

/** @throws {LabError} `invalid-argument` when it is not a join code */
export async function codeKeyOf(code: string): Promise<Uint8Array> {
  const reading = readJoinCode(code);
  if (!reading.ok) {
    throw new LabError('invalid-argument', reading.message);
  }
  return (await joinKeysOf(reading.code)).doorKey;
}
