/** The lab for a script: one command per line in, one JSON object per line out. docs/lan.md lists the objects. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { LabError } from '../../contract/errors.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName } from '../../trace/names.ts';
import { wordsFor } from '../../trace/words.ts';
import { boundedLines, COMMAND_LINE_CHARACTERS_MAX } from './boundedLines.ts';
import type { LabConsole } from './labConsole.ts';
import type { LabView } from './labView.ts';
import { statusOf } from './status.ts';

/** The events that are reported unasked. None of them contains a key or a value, because they may end up in a log. */
const TOLD: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'roleChanged', 'quorumLost', 'nodeStarted', 'nodeStopped', 'nodeCrashed', 'nodePaused', 'nodeResumed', 'nodeWiped',
  'nodeJoining', 'nodeLeaving', 'nodeAway', 'nodeFailed', 'nodeAdded', 'nodeRemoved', 'machineJoined', 'machineLeft',
  'hostMoved', 'wrongCode', 'partitioned', 'healed', 'linkChanged', 'safetyViolated', 'paceChanged',
]);

/** How much may wait for a reader that reads nothing: some thousands of events. */
const WAITING_BYTES_MAX = 1024 * 1024;

export class JsonTerminal {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #console: LabConsole;
  readonly #end = new AbortController();
  readonly #labView: LabView | undefined;
  #stopTelling: () => void = () => undefined;
  /** Events that were left out because too much waited, since that was last reported. */
  #eventsLeftOut = 0;

  /** @param labView its state at the start and its events are reported; absent: only answers are printed */
  constructor(input: Readable, output: Writable, labConsole: LabConsole, labView?: LabView) {
    this.#input = input;
    this.#output = output;
    this.#console = labConsole;
    this.#labView = labView;
    if (labView !== undefined) this.#stopTelling = labView.onEvents((events) => this.#tell(events));
  }

  /**
   * Runs to the end of the input, `quit`, or `close`.
   * @returns how many commands failed
   */
  async run(): Promise<number> {
    if (this.#labView !== undefined) this.#print({ type: 'ready', ...statusOf(this.#labView.view) });
    let failures = 0;
    const { signal } = this.#end;
    try {
      for await (const line of boundedLines(this.#input, COMMAND_LINE_CHARACTERS_MAX, signal)) {
        const text = line.trim();
        if (text === '' || text.startsWith('#')) continue;
        const outcome = await this.#console.run(text);
        if (outcome.type === 'quit') break;
        if (outcome.type === 'clear') continue;
        const ok = outcome.tone === 'ok' || outcome.tone === 'note';
        if (!ok) failures += 1;
        const { text: words, detail, value } = outcome;
        this.#print({ type: 'answer', line: text, ok, tone: outcome.tone, text: words, detail, value: value ?? null });
        if (signal.aborted) break;
        // A reader that does not read the answers gets no further ones.
        if (this.#output.writableNeedDrain) await once(this.#output, 'drain', { signal });
      }
    } catch (error) {
      if (signal.aborted) return failures;
      if (!(error instanceof LabError)) throw error;
      failures += 1;
      this.#print({ type: 'answer', line: '', ok: false, tone: 'error', text: error.message, detail: '', value: null });
    }
    return failures;
  }

  /** Makes the command under way the last one, and reports no more events. */
  close(): void {
    this.#stopTelling();
    this.#end.abort();
  }

  #tell(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (!TOLD.has(event.type)) continue;
      if (this.#output.writableLength > WAITING_BYTES_MAX) {
        this.#eventsLeftOut += 1;
        continue;
      }
      if (this.#eventsLeftOut > 0) {
        this.#print({ type: 'eventsLeftOut', count: this.#eventsLeftOut });
        this.#eventsLeftOut = 0;
      }
      const { subject, sentence, detail } = wordsFor(event);
      const node = 'node' in event ? { node: fullNodeName(event.node) } : {};
      const text = [subject, sentence, detail].filter((part) => part !== '').join(' ');
      this.#print({ type: 'event', event: event.type, ...node, atMs: event.atMs, text });
    }
  }

  #print(object: object): void {
    this.#output.write(`${JSON.stringify(object)}\n`);
  }
}
