/**
 * Several lines that were pasted: run one by one, each answered before the next is sent, as in a pipe
 * (cli/terminal/pipedTerminal.ts). One that fails does not keep the others back; the rest can be called off.
 */
import { until } from '@vueuse/core';
import { computed, shallowRef } from 'vue';
import { leaderOf, namesLeader, parseConsole } from '../../contract/console.ts';
import type { ClusterView } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';

/** More than anybody reads the answers of. */
export const PASTED_LINES_MAX = 1000;
/** A command that says `leader` waits so long for one; as in a pipe. */
const LEADER_WITHIN_MS = 30_000;
/** The view is a few frames behind the lab. */
const CATCH_UP_WITHIN_MS = 500;

/** The commands of a pasted text; empty lines and comments are none. */
export function commandLines(text: string): string[] {
  return text.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** One that is still to come: another object for each, also where two say the same. */
interface PastedLine {
  readonly text: string;
}

/** @param run carries out one line, and resolves when it is answered. */
export function usePastedLines(run: (line: string) => Promise<void>) {
  const cluster = useClusterStore();
  const actions = useActions();
  /** Still to come; the first one may be waiting for a leader. */
  const lines = shallowRef<readonly PastedLine[]>([]);
  let isRunning = false;

  const count = computed(() => lines.value.length);
  const next = computed(() => lines.value[0]?.text ?? '');

  /** Runs these lines behind those that are still to come. Resolves when nothing is left. */
  async function start(texts: readonly string[]): Promise<void> {
    lines.value = [...lines.value, ...texts.map((text) => ({ text }))];
    if (isRunning) return;
    isRunning = true;
    try {
      for (let [line] = lines.value; line !== undefined; [line] = lines.value) {
        const first = line;
        await readyFor(line.text, () => lines.value[0] !== first);
        if (lines.value[0] !== first) continue; // called off meanwhile
        lines.value = lines.value.slice(1);
        await run(line.text);
      }
    } finally {
      isRunning = false;
    }
  }

  /** Lets go of what is still to come. @returns how many lines that were */
  function callOff(): number {
    const { length } = lines.value;
    lines.value = [];
    return length;
  }

  /** Whoever types looks before; whoever pastes means the lab as the line before has left it. */
  async function readyFor(line: string, isCalledOff: () => boolean): Promise<void> {
    const parsed = parseConsole(line);
    if (!parsed.ok) return;
    const isAboutLeader = namesLeader(parsed.command);
    if (parsed.command.type === 'kv' && !isAboutLeader) return;
    const holds = (what: (view: ClusterView) => boolean) => () => {
      const view = cluster.presentView();
      return isCalledOff() || view === null || what(view);
    };
    const newest = await actions.readEvents(Number.MAX_SAFE_INTEGER, 1);
    const newestSeq = newest.ok ? newest.value.at(-1)?.seq ?? 0 : 0;
    await until(holds((view) => view.seq >= newestSeq)).toBe(true, { timeout: CATCH_UP_WITHIN_MS });
    if (isAboutLeader) {
      await until(holds((view) => leaderOf(view) !== null)).toBe(true, { timeout: LEADER_WITHIN_MS });
    }
  }

  return { count, next, start, callOff };
}
