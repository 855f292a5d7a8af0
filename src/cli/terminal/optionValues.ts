/** The values of options: numbers and ranges within their limits, and what is wrong with one. */

/** A command line that makes no sense; the message says why. */
export class WrongOption extends Error {}

/** @throws {WrongOption} when it is not a whole number within the limits */
export function whole(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new WrongOption(`${option} takes ${min} to ${max}`);
  }
  return value;
}

/** Two numbers, the smaller first: `2..6`, or `4` for both. @throws {WrongOption} */
export function range(text: string, option: string, max: number): { readonly min: number; readonly max: number } {
  const [, first = '', second = first] = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(second)];
  if (first === '' || from > to || to > max) throw new WrongOption(`${option} takes MIN..MAX, from 0 to ${max}`);
  return { min: from, max: to };
}
