/** Reads the arguments of a command in the form that the command needs. */
import type { Argument } from './dataDriven.ts';

/** A command that a script uses wrongly, or that is not known. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** What a command takes. */
export interface Signature {
  /** How many arguments without a value it needs: node ids, mostly. */
  readonly bareCount?: number;
  /** The keys of the arguments with a value that it knows. */
  readonly options?: readonly string[] | 'any';
}

/**
 * Checks that a command has the arguments that it needs, and no unknown options. If an unknown option were ignored, a
 * script that asks for something else could pass.
 * @throws {ScriptError}
 */
export function checkArguments(args: readonly Argument[], { bareCount = 0, options = [] }: Signature): void {
  const unknown = args.find(({ key, values }) => values.length > 0 && options !== 'any' && !options.includes(key));
  if (unknown !== undefined && options !== 'any') {
    const known = options.length === 0 ? 'none' : options.join(', ');
    throw new ScriptError(`unknown option "${unknown.key}": the command takes ${known}`);
  }
  const count = bareKeys(args).length;
  if (count < bareCount) {
    throw new ScriptError(`the command needs ${bareCount} arguments without a value and got ${count}`);
  }
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

/** All values of `key`, which white space separates as well as commas. */
export function valuesOf(args: readonly Argument[], key: string): readonly string[] {
  return args
    .filter((argument) => argument.key === key)
    .flatMap(({ values }) => values.flatMap((value) => value.split(/\s+/)))
    .filter((value) => value !== '');
}

/** All values of `key`, as integers. */
export function integersOf(args: readonly Argument[], key: string): number[] {
  return valuesOf(args, key).map(integer);
}

/** The single value of `key`, as an integer. */
export function integerOf(args: readonly Argument[], key: string): number {
  const value = valueOf(args, key);
  if (value === undefined) {
    throw new ScriptError(`the option "${key}" is missing`);
  }
  return integer(value);
}

/** @throws {ScriptError} unless it is a safe whole number that is not negative */
export function integer(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new ScriptError(`not a number: "${text}"`);
  }
  return number;
}

/** @throws {ScriptError} in the scripts' words */
export function boolean(text: string): boolean {
  if (['true', 't', '1', 'TRUE', 'True', 'T'].includes(text)) {
    return true;
  }
  if (['false', 'f', '0', 'FALSE', 'False', 'F'].includes(text)) {
    return false;
  }
  throw new ScriptError(`strconv.ParseBool: parsing "${text}": invalid syntax`);
}
