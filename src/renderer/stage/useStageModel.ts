/** What the stage shows, updated once per frame; unchanged parts keep their identity and are not drawn again. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { connectedGroups, sortedNames } from '../../trace/network.ts';
import type { ClusterView, HeldMessageView } from '../../trace/view.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useTimeStore } from '../stores/time.ts';
import { electorateOf } from './electorate.ts';
import type { Electorate } from './electorate.ts';
import { linkDisplays } from './linkDisplay.ts';
import type { LinkDisplay } from './linkDisplay.ts';
import { nodeDisplay } from './nodeDisplay.ts';
import type { NodeDisplay } from './nodeDisplay.ts';
import { PictureClock } from './pictureClock.ts';
import { stageHint } from './stageHint.ts';
import type { Permission, StageHint } from './stageHint.ts';
import { WonElections } from './wonElections.ts';

/** Returns the former value if the new one is equal. */
function settled<Value>(before: Value, now: Value): Value {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

/**
 * @param cells how many log cells a node's label has room for
 * @param may what this machine may do to nodes
 */
export function useStageModel(cells: Readonly<Ref<number>>, may: Permission) {
  const cluster = useClusterStore();
  const time = useTimeStore();
  const names = shallowRef<readonly NodeName[]>([]);
  const nodes = shallowRef<readonly NodeDisplay[]>([]);
  const links = shallowRef<readonly LinkDisplay[]>([]);
  /** The groups that remain without the cut links; one group when the network is whole. */
  const groups = shallowRef<readonly (readonly NodeName[])[]>([]);
  const electorate = shallowRef<Electorate>({ voters: [], count: 0, outgoing: null, learners: [] });
  const hint = shallowRef<StageHint | null>(null);
  /** The messages that are held, the oldest first. */
  const held = shallowRef<readonly HeldMessageView[]>([]);
  let linksKey = '';
  const elections = new WonElections();
  const clock = new PictureClock();
  let lastSeq = -1;
  let traceNumber = cluster.traceNumber;
  let timer = 0;

  /** Searches the events since the last call for elections; events before the first call are ignored. */
  function seeElections(view: ClusterView, nowMs: number): void {
    const events = cluster.events();
    const newestSeq = events.newest?.seq ?? 0;
    if (cluster.traceNumber !== traceNumber) {
      traceNumber = cluster.traceNumber;
      elections.clear();
      lastSeq = newestSeq;
    }
    let position = events.length;
    while (lastSeq >= 0 && position > 0 && (events.at(position - 1)?.seq ?? 0) > lastSeq) position -= 1;
    for (; position < events.length; position++) {
      const event = events.at(position);
      if (event !== undefined) elections.see(event, view.pace, nowMs);
    }
    lastSeq = newestSeq;
    const next = elections.prune(nowMs);
    window.clearTimeout(timer);
    if (next !== null && time.rate() > 0) timer = window.setTimeout(renew, next - nowMs);
  }

  function renew(): void {
    const view = cluster.view();
    if (view === null) {
      names.value = [];
      nodes.value = [];
      links.value = [];
      groups.value = [];
      hint.value = null;
      held.value = [];
      linksKey = '';
      elections.clear();
      return;
    }
    // While time is held the votes stay, too.
    const nowMs = clock.at(performance.now(), time.rate() === 0);
    seeElections(view, nowMs);
    names.value = settled(names.value, sortedNames(view));
    const before = nodes.value;
    let changed = before.length !== names.value.length;
    const now = names.value.flatMap((name, rank) => {
      const node = view.nodes[name];
      if (node === undefined) return [];
      const won = elections.of(name, node.term, nowMs);
      const display = nodeDisplay(view, node, cells.value, won);
      const kept = before[rank] === undefined ? display : settled(before[rank], display);
      changed ||= kept !== before[rank];
      return [kept];
    });
    if (changed) nodes.value = now;
    const key = `${view.labId} ${names.value.join()} ${JSON.stringify(view.links)}`;
    if (key !== linksKey) {
      linksKey = key;
      links.value = linkDisplays(view);
      groups.value = settled(groups.value, connectedGroups(view));
    }
    electorate.value = settled(electorate.value, electorateOf(view));
    hint.value = settled(hint.value, stageHint(view, may));
    held.value = settled(held.value, [...view.held]);
  }

  watch([() => cluster.version, () => time.isHeld, cells], renew, { immediate: true });
  onScopeDispose(() => { window.clearTimeout(timer); });

  return { names, nodes, links, groups, electorate, hint, held };
}
