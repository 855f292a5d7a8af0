/** The lab service: everything that the window and the terminal can ask of the labs, as an interface. */
import type { CommandAnswer, CommandInput, CommandName } from '../contract/commands.ts';
import type { HistoryCommandName } from '../contract/history.ts';
import type { TimeStatus } from '../contract/time.ts';
import type { LabHistory } from './recording/labHistory.ts';
import type { TraceEvent } from '../trace/events.ts';

/** The commands that the lab answers; the others (app, settings, the window's flow control) are the app's own. */
export type LabCommandName = Exclude<
  CommandName,
  HistoryCommandName | 'app:info' | 'app:licences' | 'settings:get' | 'settings:set' | 'scenario:choose'
  | 'picture:save' | 'events:acknowledge'
>;

/** Where the service writes what a developer may want to know; nothing that a person must read goes only here. */
export interface LabLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface LabServiceOptions {
  /** The folder that holds `labs/`; it is created when it does not exist. */
  readonly dataDirectory: string;
  /** The entry files of the four kinds of worker threads. */
  readonly workerUrls: {
    readonly node: URL | string; readonly databaseReader: URL | string; readonly simulation: URL | string;
    readonly recording: URL | string;
  };
  readonly log: LabLog;
  /** Whether a lab of this machine is opened at the start and after a joined one; absent: yes. */
  readonly opensOwnLab?: boolean;
  /**
   * Whether a simulated lab tells every event also of a long way; absent: it tells where the way led. A script prints
   * what happened, and its text may not depend on how fast the machine is.
   */
  readonly tellsEveryEvent?: boolean;
}

export interface LabService {
  /**
   * Executes one command. Its schema checks the input (contract/commands.ts), whoever asks.
   * @throws {LabError} with a sentence for the person who asked; anything else that is thrown is a bug.
   */
  execute<Name extends LabCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>>;
  /** Calls back with every event of the open lab, in order and numbered, in the batches in which they arrive. */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void;
  /** Calls back when the open lab is recorded no longer, and why, for the person. */
  onRecordingStopped(listener: (problem: string) => void): () => void;
  /**
   * Calls back when another lab is open than before, or none: attach again. `farewell`: a lab of another machine has
   * ended for this one without its asking, and why, in sentences for the person.
   */
  onLabChanged(listener: (farewell?: string) => void): () => void;
  /** Calls back when the time of a simulated lab has changed. */
  onTime(listener: (time: TimeStatus) => void): () => void;
  /** The past: the open lab's recording, and one from a file. */
  readonly history: LabHistory;
  /** How many other machines take part in the lab that this one has opened to the network. */
  readonly guestCount: number;
  /** Stops the nodes cleanly, in bounded time, and lets go of the lab. Safe to call twice. */
  close(): Promise<void>;
}
