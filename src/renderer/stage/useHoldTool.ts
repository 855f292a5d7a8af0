/** The hold tool: which links hold what, and the held message that keys and buttons act on. */
import { computed, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { HeldAction } from '../../contract/commands.ts';
import type { Hold, MessageKind } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { HeldMessageView } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useWindowStore } from '../stores/window.ts';
import { changeBothWays, isHeld } from './linkFaults.ts';
import type { LinkOrder } from './linkFaults.ts';

/** What the tool lets a link hold. */
export type HoldChoice = 'everything' | MessageKind;

export function useHoldTool(
  held: Readonly<Ref<readonly HeldMessageView[]>>, orderLinks: (orders: readonly LinkOrder[]) => void,
) {
  const actions = useActions();
  const cluster = useClusterStore();
  const view = useWindowStore();
  const active = computed(() => view.stageTool === 'hold');
  const choice = shallowRef<HoldChoice>('everything');
  /** The end of a link that was picked first. */
  const firstEnd = shallowRef<NodeName | null>(null);
  /** With the tool in the hand the oldest is chosen where no other is: Enter after Enter delivers them all. */
  const chosen = computed(() => held.value.find(({ messageId }) => messageId === view.heldMessage)
    ?? (active.value ? held.value[0] : undefined) ?? null);
  const hold = computed<Hold>(() => (choice.value === 'everything' ? 'everything' : [choice.value]));

  /** A link that holds something holds nothing from now on, and the other way round. */
  function toggle(a: NodeName, b: NodeName): void {
    const now = cluster.view();
    if (now !== null) orderLinks(changeBothWays(now, a, b, { hold: isHeld(now, a, b) ? 'nothing' : hold.value }));
  }

  /** Takes a node for an end of the link: the first one, or the second. */
  function pick(name: NodeName): void {
    const other = firstEnd.value;
    firstEnd.value = other === null ? name : null;
    if (other !== null && other !== name) toggle(other, name);
  }

  /** @returns false when no message is chosen */
  function act(action: HeldAction): boolean {
    const message = chosen.value;
    if (message === null) return false;
    if (action !== 'double') view.selectHeld(nextOf(held.value, message)?.messageId ?? null);
    void actions.actOnHeld(action, message);
    return true;
  }

  watch(active, () => { firstEnd.value = null; });

  return {
    active, choice, firstEnd, chosen, toggle, pick, act,
    holdAll: () => actions.holdAll(hold.value),
    releaseAll: () => actions.holdAll('nothing'),
  };
}

/** The one that is chosen when a message is gone: the next on its link, or the next at all. */
function nextOf(held: readonly HeldMessageView[], gone: HeldMessageView): HeldMessageView | undefined {
  const others = held.filter(({ messageId }) => messageId !== gone.messageId);
  return others.find(({ from, to }) => from === gone.from && to === gone.to) ?? others[0];
}
