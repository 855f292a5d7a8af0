/** Reads porcupine's recorded client histories, and models the objects that they are about. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, SequentialModel } from '../../src/history/linearizability/history.ts';
import { outsideOracle } from './outside.ts';

const FOLDER = outsideOracle('porcupine');

export const porcupineIsHere = FOLDER !== undefined;

export interface Verdict {
  /** `jepsen/etcd_000.log`, `kv/c01-ok.txt`. */
  readonly file: string;
  readonly linearizable: boolean;
}

/** Porcupine's own tests, in a checkout of it: they hold the verdicts. */
const OWN_TESTS = 'porcupine_test.go';

export function porcupineText(file: string): string {
  return textOf(isCheckout() ? join('test_data', file) : file);
}

export function verdicts(): Verdict[] {
  return isCheckout() ? verdictsOfTests(textOf(OWN_TESTS)) : verdictsOfTable(textOf('verdicts.csv'));
}

function textOf(file: string): string {
  return readFileSync(join(FOLDER ?? '', file), 'utf8');
}

function isCheckout(): boolean {
  return existsSync(join(FOLDER ?? '', OWN_TESTS));
}

function verdictsOfTable(text: string): Verdict[] {
  return text.trim().split('\n').slice(1).map((line) => {
    const [file = '', verdict = ''] = line.trim().split(',');
    return { file, linearizable: verdict === 'true' };
  });
}

/** From `checkJepsen(t, 0, false)` and `checkKv(t, "c01-ok", true, …)`; each file once. */
export function verdictsOfTests(text: string): Verdict[] {
  const jepsen = [...text.matchAll(/\bcheckJepsen\(t, (\d+), (true|false)\)/g)]
    .map(([, number = '', verdict]) => [`jepsen/etcd_${number.padStart(3, '0')}.log`, verdict === 'true'] as const);
  const keyValue = [...text.matchAll(/\bcheckKv\(t, "([\w-]+)", (true|false)\b/g)]
    .map(([, name = '', verdict]) => [`kv/${name}.txt`, verdict === 'true'] as const);
  return [...new Map([...jepsen, ...keyValue])].map(([file, linearizable]) => ({ file, linearizable }));
}

interface Call<Input> {
  readonly input: Input;
  readonly calledAt: number;
}

/** Pairs each invocation of a process with what came back; what never came back has an unknown outcome. */
class Pairing<Input, Output> {
  readonly history: Operation<Input, Output>[] = [];
  readonly #open = new Map<string, Call<Input>>();

  call(client: string, input: Input, calledAt: number): void {
    this.unknown(client);
    this.#open.set(client, { input, calledAt });
  }

  answer(client: string, output: Output, returnedAt: number): void {
    const call = this.#open.get(client);
    if (call === undefined) {
      throw new Error(`process ${client} returned without a call at event ${returnedAt}`);
    }
    this.#open.delete(client);
    this.history.push({ client, ...call, output, returnedAt });
  }

  unknown(client: string): void {
    const call = this.#open.get(client);
    if (call !== undefined) {
      this.#open.delete(client);
      this.history.push({ client, ...call, output: undefined, returnedAt: Infinity });
    }
  }

  end(): Operation<Input, Output>[] {
    for (const client of [...this.#open.keys()]) {
      this.unknown(client);
    }
    return this.history;
  }
}

export type RegisterInput =
  | { readonly op: 'read' }
  | { readonly op: 'write'; readonly value: string }
  | { readonly op: 'cas'; readonly from: string; readonly to: string };
export interface RegisterOutput { readonly value?: string | null; readonly swapped?: boolean }

/** `INFO jepsen.util - 0 :invoke :cas [1 2]`, tab-separated after the process. */
export function jepsenHistory(text: string): Operation<RegisterInput, RegisterOutput>[] {
  const pairing = new Pairing<RegisterInput, RegisterOutput>();
  text.split('\n').forEach((line, at) => {
    const found = /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(\w+)\s+:(\w+)\s+(.*)$/.exec(line);
    if (found === null) {
      return;
    }
    const [, client = '', outcome = '', op = '', value = ''] = found;
    if (outcome === 'invoke') {
      pairing.call(client, registerInput(op, value.trim()), at);
    } else if (outcome === 'info' || value.includes(':timed-out')) {
      pairing.unknown(client);
    } else {
      pairing.answer(client, registerOutput(op, outcome, value.trim()), at);
    }
  });
  return pairing.end();
}

function registerInput(op: string, value: string): RegisterInput {
  if (op === 'read') {
    return { op };
  }
  if (op === 'write') {
    return { op, value };
  }
  const [from = '', to = ''] = value.replace(/[[\]]/g, '').trim().split(/\s+/);
  return { op: 'cas', from, to };
}

function registerOutput(op: string, outcome: string, value: string): RegisterOutput {
  if (op === 'read') {
    return { value: value === 'nil' ? null : value };
  }
  return op === 'cas' ? { swapped: outcome === 'ok' } : {};
}

export const registerModel: SequentialModel<string | null, RegisterInput, RegisterOutput> = {
  // A Jepsen register may be read before it is written; etcd then answers "absent".
  initialState: '<absent>',
  partitionOf: () => 'register',
  equalStates: (a, b) => a === b,
  step: (state, input, output) => {
    switch (input.op) {
      case 'read':
        return output === undefined || (output.value ?? '<absent>') === state ? state : undefined;
      case 'write':
        return input.value;
      case 'cas': {
        const swapped = state === input.from;
        const fits = output === undefined || output.swapped === swapped;
        return fits ? (swapped ? input.to : state) : undefined;
      }
    }
  },
};

export interface StringInput {
  readonly op: 'get' | 'put' | 'append';
  readonly key: string;
  readonly value: string;
}

/** `{:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}` */
export function keyValueHistory(text: string): Operation<StringInput, string>[] {
  const pairing = new Pairing<StringInput, string>();
  text.split('\n').forEach((line, at) => {
    const found = /:process (\d+), :type :(\w+), :f :(get|put|append), :key "(.*?)", :value (nil|"(.*)")\}/.exec(line);
    if (found === null) {
      return;
    }
    const [, client = '', type = '', op, key = '', , value = ''] = found;
    if (type === 'invoke') {
      pairing.call(client, { op: op as StringInput['op'], key, value }, at);
    } else {
      pairing.answer(client, value, at);
    }
  });
  return pairing.end();
}

export const stringModel: SequentialModel<string, StringInput, string> = {
  initialState: '',
  partitionOf: (input) => input.key,
  equalStates: (a, b) => a === b,
  step: (state, input, output) => {
    switch (input.op) {
      case 'get':
        return output === undefined || output === state ? state : undefined;
      case 'put':
        return input.value;
      case 'append':
        return state + input.value;
    }
  },
};
