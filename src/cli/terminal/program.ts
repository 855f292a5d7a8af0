/** The lab without a window, from its options to its exit code: in a terminal, in a pipe, or as a service. */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { makeUsable } from '../../lab/files/dataFolder.ts';
import { diskError } from '../../lab/files/diskError.ts';
import { createLabService } from '../../lan/labService.ts';
import type { LabLog, LabService, LabServiceOptions } from '../../lab/service.ts';
import { doorAfter } from '../../trace/door.ts';
import type { ClusterView } from '../../trace/view.ts';
import { runScenarioFile } from '../scenario/runScenario.ts';
import { askRunningLab } from './consoleClient.ts';
import { openConsoleServer } from './consoleServer.ts';
import { openOrCreate } from './creation.ts';
import { JsonTerminal } from './jsonTerminal.ts';
import { joinLab, openToLan } from './lan.ts';
import type { LanNews } from './lan.ts';
import { LabConsole } from './labConsole.ts';
import { LabView } from './labView.ts';
import { LiveTerminal } from './liveTerminal.ts';
import { parseOptions, USAGE } from './options.ts';
import type { RunOptions } from './options.ts';
import { PipedTerminal } from './pipedTerminal.ts';
import { runRecording } from './recordingTerminal.ts';
import { styleFor } from './style.ts';
import { clockMs } from '../../node/clock.ts';

/** After this the process ends even while its nodes run, which Raft survives. */
const CLOSE_AT_LATEST_MS = 5000;
/** How long a stopped program waits for its last output to be read, once the lab is closed. */
const READ_AT_LATEST_MS = 1000;
/**
 * A script cannot see when the election is over: a command that says `leader` waits for it, as long as a few elections
 * take.
 */
const SCRIPT_LEADER_WITHIN_MS = 30_000;
/** So that what is printed first says where the doors are. */
const DOORS_WITHIN_MS = 5000;
/** Windows sends SIGBREAK for Ctrl+Break, and SIGHUP when the console's window is closed. */
const END_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT', 'SIGTERM', 'SIGHUP', ...(process.platform === 'win32' ? ['SIGBREAK' as const] : []),
];

export interface ProgramParts {
  readonly workerUrls: LabServiceOptions['workerUrls'];
  /** Where data is stored unless the command line says otherwise. */
  readonly dataDirectory?: string;
  /** Resolves when something but a signal asks the program to end; the app's own quitting. */
  readonly quit?: Promise<void>;
}

interface Terminal {
  readonly run: () => Promise<number>;
  readonly close: () => void;
}

/**
 * Why a program ends: its input is over (with how many commands failed), something from outside, `lan leave`, or the
 * host, with its words.
 */
type Ending = number | 'signal' | 'no-reader' | 'left' | { readonly farewell: string };

/**
 * Runs the program and says what goes wrong on standard error.
 * @param words the command line after the program's name
 * @returns the process's exit code: 0, 1 when something failed, 2 for a command line that makes no sense; for a
 *   recording, as its last `check` says
 */
export async function runProgram(words: readonly string[], parts: ProgramParts): Promise<number> {
  try {
    const options = parseOptions(words, parts.dataDirectory);
    switch (options.type) {
      case 'help':
        process.stdout.write(`${USAGE}\n`);
        return 0;
      case 'wrong':
        process.stderr.write(`${options.message}\n\n${USAGE}\n`);
        return 2;
      case 'console':
        return await askRunningLab(options.dataDirectory, options.json, process.stdin, process.stdout);
      case 'scenario':
        return await runScenarioFile(options, {
          workerUrls: parts.workerUrls, stopped: whenStopped(parts.quit),
          print: (line) => process.stdout.write(`${line}\n`),
          printError: (line) => process.stderr.write(`${line}\n`),
        });
      case 'recording':
        return await runRecording(options.file, parts.workerUrls.recording, {
          input: process.stdin, output: process.stdout,
        });
      case 'run':
        return options.isThrowaway ? await runThrowaway(options, parts) : await run(options, parts);
    }
  } catch (error) {
    process.stderr.write(`${error instanceof LabError ? error.message : String(error)}\n`);
    return 1;
  } finally {
    // Input that nobody reads would keep the process alive.
    process.stdin.destroy();
  }
}

/** A simulated lab that nobody wants to keep: the same command line comes out the same each time. */
async function runThrowaway(options: RunOptions, parts: ProgramParts): Promise<number> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'raftlab-simulated-'));
  try {
    return await run({ ...options, dataDirectory }, parts);
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @throws {LabError} with a sentence for the person, when the lab cannot be opened */
async function run(options: RunOptions, { workerUrls, quit }: ProgramParts): Promise<number> {
  const { dataDirectory, headless, json } = options;
  const problem = makeUsable(dataDirectory);
  if (problem !== null) throw new LabError('disk-error', problem);
  const stopped = whenStopped(quit);
  const service = await createLabService({
    dataDirectory, workerUrls, log: openLog(dataDirectory),
    opensOwnLab: options.join === undefined && options.create === undefined,
    tellsEveryEvent: !isForPerson(options),
  });
  const close: (() => void)[] = [];
  let exitCode = 1;
  /** Whether something ended the program without waiting for its output. */
  let isStopped = false;
  try {
    const started = beginLab(service, options).then(async (news) => {
      if (news !== undefined) say(json, news.data, news.text);
      const server = headless ? await openConsoleServer(dataDirectory, service) : undefined;
      const terminal = await openTerminal(service, options);
      close.push(() => terminal.close(), () => server?.close());
      // A service has no input, or one that ends at once: it runs until somebody stops it.
      const inputEnds = terminal.run().then<Ending>((failures) => (headless ? stopped : failures));
      return options.join === undefined ? inputEnds : Promise.race([inputEnds, whenOut(service)]);
    });
    const ending = await Promise.race<Ending>([started, stopped]);
    if (ending === 'signal') say(json, { type: 'stopping' }, 'stopping the nodes …');
    const farewell = typeof ending === 'object' ? ending.farewell : undefined;
    if (farewell !== undefined) say(json, { type: 'letGo', text: farewell }, farewell);
    isStopped = typeof ending !== 'number';
    exitCode = farewell !== undefined || (typeof ending === 'number' && ending > 0) ? 1 : 0;
    return exitCode;
  } finally {
    close.forEach((end) => end());
    setTimeout(() => process.exit(1), CLOSE_AT_LATEST_MS).unref();
    await service.close();
    // Output that nobody reads would keep the process alive.
    if (isStopped) setTimeout(() => process.exit(exitCode), READ_AT_LATEST_MS).unref();
  }
}

/** Makes, opens or joins the lab that was asked for, and reports how. */
async function beginLab(
  service: LabService, { create, lan, join: host, headless, opensDoors }: RunOptions,
): Promise<LanNews | undefined> {
  if (create !== undefined) await openOrCreate(service, create);
  if (host !== undefined) return joinLab(service, host);
  if (opensDoors) await openDoors(service);
  return lan === undefined ? undefined : openToLan(service, lan, { tellCode: !headless });
}

async function openDoors(service: LabService): Promise<void> {
  const { view: { door } } = await service.execute('lab:attach', {});
  await service.execute('lab:setDoor', { door: doorAfter(door, 'on') });
}

/** Whether all nodes that run have opened their doors. */
function areDoorsOpen({ nodes }: ClusterView): boolean {
  return Object.values(nodes).every(({ life, door }) => life !== 'starting' && (life !== 'running' || door !== null));
}

/** Whether a person types and reads; otherwise it is a script. */
function isForPerson({ headless, json }: RunOptions): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && !headless && !json;
}

async function openTerminal(service: LabService, options: RunOptions): Promise<Terminal> {
  const labView = await LabView.attach(service);
  if (options.opensDoors) await labView.until(areDoorsOpen, DOORS_WITHIN_MS);
  const { stdin, stdout } = process;
  if (isForPerson(options)) {
    const live = new LiveTerminal(stdin, stdout, labView, new LabConsole(service, labView), styleFor(stdout));
    return { run: () => live.run().then(() => 0), close: () => live.close() };
  }
  const labConsole = new LabConsole(service, labView, { leaderWithinMs: SCRIPT_LEADER_WITHIN_MS, letsTimeRun: true });
  await labView.time.hold();
  return options.json
    ? new JsonTerminal(stdin, stdout, labConsole, labView)
    : new PipedTerminal(stdin, stdout, labView, labConsole);
}

/** Resolves when somebody wants the program to end, or when nobody reads its output. */
function whenStopped(quit: Promise<void> | undefined): Promise<'signal' | 'no-reader'> {
  return new Promise((resolve) => {
    // Not `once`: a second Ctrl+C would then end the process in the middle of closing the nodes' files.
    for (const signal of END_SIGNALS) process.on(signal, () => resolve('signal'));
    process.stdout.once('error', () => resolve('no-reader'));
    void quit?.then(() => resolve('signal'));
  });
}

/** Resolves when a program that has joined a lab is no longer in it. */
function whenOut(service: LabService): Promise<Ending> {
  return new Promise((resolve) => {
    const look = async (ending: Ending): Promise<void> => {
      const { mode } = await service.execute('lan:status', {});
      if (mode !== 'joined') resolve(ending);
    };
    service.onLabChanged((farewell) => void look(farewell === undefined ? 'left' : { farewell }));
    void look({ farewell: 'This machine is no longer in the lab.' }); // it ended before anybody listened
  });
}

function say(json: boolean, data: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(data) : text}\n`);
}

/**
 * Information for developers goes into a file: the screen is for the user.
 * @throws {LabError} when its folder cannot be made
 */
function openLog(dataDirectory: string): LabLog {
  const directory = join(dataDirectory, 'logs');
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw diskError(error, 'the log cannot be written', directory);
  }
  const file = createWriteStream(join(directory, 'terminal.log'), { flags: 'a' });
  file.on('error', () => undefined); // a log that cannot be written stops nobody
  const write = (level: string) => (message: string): void => {
    file.write(`${new Date(clockMs()).toISOString()} ${level} ${message}\n`);
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
