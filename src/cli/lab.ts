/** The lab without a window: `node src/cli/lab.ts [--data DIR]`, in a terminal or in a pipe. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../contract/errors.ts';
import { makeUsable } from '../lab/dataFolder.ts';
import { createLabService } from '../lab/service.ts';
import type { LabLog, LabService } from '../lab/service.ts';
import { joinLab, openToLan } from './terminal/lan.ts';
import { LabConsole } from './terminal/labConsole.ts';
import { LabView } from './terminal/labView.ts';
import { LiveTerminal } from './terminal/liveTerminal.ts';
import { parseOptions, USAGE } from './terminal/options.ts';
import type { TerminalOptions } from './terminal/options.ts';
import { PipedTerminal } from './terminal/pipedTerminal.ts';
import { styleFor } from './terminal/style.ts';

const workerUrls = {
  node: new URL('../node/worker.ts', import.meta.url),
  databaseReader: new URL('../lab/databaseReaderWorker.ts', import.meta.url),
};

/** After this the process ends under its nodes, which Raft survives. */
const CLOSE_AT_LATEST_MS = 5000;
/** A script cannot see when the election is over: a command that says `leader` waits for it, a few elections long. */
const SCRIPT_LEADER_WITHIN_MS = 30_000;
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a developer may want to know goes into a file: the screen is for the person. */
function openLog(dataDirectory: string): LabLog {
  const directory = join(dataDirectory, 'logs');
  mkdirSync(directory, { recursive: true });
  const file = createWriteStream(join(directory, 'terminal.log'), { flags: 'a' });
  file.on('error', () => undefined); // a log that cannot be written stops nobody
  const write = (level: string) => (message: string): void => {
    file.write(`${new Date().toISOString()} ${level} ${message}\n`);
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

interface Terminal {
  readonly run: () => Promise<number>;
  readonly close: () => void;
}

async function openTerminal(service: LabService): Promise<Terminal> {
  const labView = await LabView.attach(service);
  const { stdin, stdout } = process;
  if (stdin.isTTY && stdout.isTTY) {
    const live = new LiveTerminal(stdin, stdout, labView, new LabConsole(service, labView), styleFor(stdout));
    return { run: () => live.run().then(() => 0), close: () => live.close() };
  }
  const labConsole = new LabConsole(service, labView, SCRIPT_LEADER_WITHIN_MS);
  const piped = new PipedTerminal(stdin, stdout, labView, labConsole);
  return { run: () => piped.run(), close: () => piped.close() };
}

type RunOptions = TerminalOptions & { type: 'run' };

/**
 * @returns the process's exit code
 * @throws {LabError} with a sentence for the person, when the lab cannot be opened
 */
async function run({ dataDirectory, lan, join: host }: RunOptions): Promise<number> {
  const problem = makeUsable(dataDirectory);
  if (problem !== null) throw new LabError('disk-error', problem);
  const service = await createLabService({ dataDirectory, workerUrls, log: openLog(dataDirectory) });
  let terminal: Terminal | undefined;
  let farewell = '';
  try {
    if (lan !== undefined) console.log(await openToLan(service, lan));
    if (host !== undefined) console.log(await joinLab(service, host));
    terminal = await openTerminal(service);
    const ended = terminal;
    const stopped = new Promise<'signal' | 'no reader'>((resolve) => {
      // Not `once`: a second Ctrl+C would then end the process in the middle of closing the nodes' files.
      for (const signal of END_SIGNALS) process.on(signal, () => resolve('signal'));
      process.stdout.once('error', () => resolve('no reader')); // the reader of our output has gone
    });
    const outcome = await Promise.race([ended.run(), stopped]);
    if (outcome === 'signal') farewell = 'stopping the nodes …\n';
    return typeof outcome === 'number' && outcome > 0 ? 1 : 0;
  } finally {
    terminal?.close();
    process.stdout.write(farewell);
    setTimeout(() => process.exit(1), CLOSE_AT_LATEST_MS).unref();
    await service.close();
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  switch (options.type) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'wrong':
      console.error(`${options.message}\n\n${USAGE}`);
      return 2;
    case 'run':
      return run(options);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof LabError ? error.message : error);
}
// Input that nobody reads any more would keep the process alive.
process.stdin.destroy();
