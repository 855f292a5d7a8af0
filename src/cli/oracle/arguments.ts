/** Reads the arguments of a command as what the command needs. */
import type { Argument } from './dataDriven.ts';

/** A command that a script uses wrongly, or that is not known. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** The arguments without a value: node ids, mostly. */
export function bareKeys(args: readonly Argument[]): string[] {
  return args.filter(({ values }) => values.length === 0).map(({ key }) => key);
}

/** The ids given as bare arguments. */
export function bareIds(args: readonly Argument[]): number[] {
  return bareKeys(args).map(integer);
}

/** The first argument, as an integer. */
export function firstInteger(args: readonly Argument[]): number {
  const first = args[0];
  if (first === undefined) {
    throw new ScriptError('a number is missing after the command');
  }
  return integer(first.key);
}

/** The single value of `key`, if it is given. */
export function valueOf(args: readonly Argument[], key: string): string | undefined {
  return args.find((argument) => argument.key === key)?.values[0];
}

/** All values of `key`. */
export function valuesOf(args: readonly Argument[], key: string): readonly string[] {
  return args.filter((argument) => argument.key === key).flatMap(({ values }) => values);
}

export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw new ScriptError(`not a number: "${text}"`);
  }
  return Number(text);
}

export function boolean(text: string): boolean {
  if (['true', 't', '1', 'TRUE', 'True', 'T'].includes(text)) {
    return true;
  }
  if (['false', 'f', '0', 'FALSE', 'False', 'F'].includes(text)) {
    return false;
  }
  throw new ScriptError(`neither true nor false: "${text}"`);
}
