// An ordinary user of this machine who exists for one test: has a home, no rights, and is gone afterwards.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { run } from '../../../scripts/setup/command.mjs';

export interface Account {
  readonly name: string;
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
}

/** Makes the account. Only for root. */
export async function makeAccount(name: string): Promise<Account> {
  await run('useradd', ['--create-home', '--shell', '/bin/sh', name]);
  const [, , uid, gid, , home] = (await run('getent', ['passwd', name])).trim().split(':');
  return { name, home: home ?? '', uid: Number(uid), gid: Number(gid) };
}

/** Removes the account with everything in its home. */
export async function removeAccount({ name }: Account): Promise<void> {
  await run('userdel', ['--force', '--remove', name]);
}

/** What a program printed, and how it ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  readonly problems: string;
}

/** A program that the account runs. */
export class UsersProgram {
  readonly child: ChildProcess;
  #output = '';
  #problems = '';
  readonly ended: Promise<Ended>;

  /** Starts it with the environment that a login gives, and the display of the tests. */
  constructor(account: Account, program: string, programArguments: readonly string[], limitMs: number) {
    this.child = spawn(program, programArguments, {
      uid: account.uid,
      gid: account.gid,
      cwd: account.home,
      timeout: limitMs,
      env: {
        HOME: account.home,
        USER: account.name,
        LOGNAME: account.name,
        SHELL: '/bin/sh',
        PATH: '/usr/local/bin:/usr/bin:/bin',
        LANG: 'C.UTF-8',
        XDG_CONFIG_HOME: join(account.home, '.config'),
        ...(process.env['DISPLAY'] === undefined ? {} : { DISPLAY: process.env['DISPLAY'] }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.#output += text; });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#problems += text; });
    this.ended = once(this.child, 'close').then(([exitCode]: (number | null)[]) =>
      ({ exitCode: exitCode ?? null, output: this.#output, problems: this.#problems }));
  }

  /** What it has printed so far on standard error. */
  get problems(): string {
    return this.#problems;
  }
}
