/** What is known of the entries that are in sight: from the events, and where they do not tell it, from a file. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { LogKnowledge } from '../../history/pictures/logKnowledge.ts';
import type { LogPicture } from '../../history/pictures/logPicture.ts';
import type { NodeName } from '../../trace/names.ts';
import { LOG_TAIL_MAX } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { firstAfter } from '../stores/eventRing.ts';
import { useTimeStore } from '../stores/time.ts';

/** Between two readings of a file. */
const READ_PAUSE_MS = 1500;

export interface ShownKnowledge {
  readonly knowledge: LogKnowledge;
  /** Changes when a file has told more texts. */
  readonly textVersion: Readonly<Ref<number>>;
  /** Takes in the events up to now. Cheap where there are none. */
  readonly learn: () => void;
  /** Asks for the texts that a picture lacks. */
  readonly complete: (picture: LogPicture) => void;
}

/** Call in a component's set-up. */
export function useLogKnowledge(): ShownKnowledge {
  const actions = useActions();
  const cluster = useClusterStore();
  const time = useTimeStore();
  const knowledge = new LogKnowledge();
  const textVersion = shallowRef(0);
  let labId = '';
  let timer = 0;
  let isReading = false;

  // On another branch of a simulated lab an index and a term may name another entry.
  watch(() => cluster.traceNumber, () => {
    const now = cluster.view()?.labId ?? '';
    if (time.isSimulated || now !== labId) knowledge.clear();
    else knowledge.startOver();
    labId = now;
  }, { immediate: true, flush: 'sync' });
  onScopeDispose(() => { window.clearTimeout(timer); });

  function learn(): void {
    const events = cluster.events();
    for (let position = firstAfter(events, knowledge.lastSeq); position < events.length; position++) {
      const event = events.at(position);
      if (event !== undefined) knowledge.learn(event);
    }
  }

  async function read(node: NodeName, fromIndex: number): Promise<void> {
    isReading = true;
    const reply = await actions.readDisk({ node, fromIndex, count: LOG_TAIL_MAX });
    if (reply.ok) {
      for (const { index, term, text, type } of reply.value.rows) {
        if (type !== 'no-op') knowledge.addText(index, term, text);
      }
      textVersion.value += 1;
    }
    timer = window.setTimeout(() => { isReading = false; }, READ_PAUSE_MS);
  }

  function complete({ rows }: LogPicture): void {
    // A recording may be another lab's, whose files are not here.
    if (isReading || cluster.isPast) return;
    for (const { node, cells } of rows) {
      const missing = cells.findLast(({ entry }) => entry?.isKnown === false);
      if (missing === undefined) continue;
      void read(node, missing.index);
      return;
    }
  }

  return { knowledge, textVersion, learn, complete };
}
