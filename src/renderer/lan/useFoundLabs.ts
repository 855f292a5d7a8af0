/** The labs that can be heard on the LAN, requested once a second while the calling component lives. */
import { onScopeDispose, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { FoundLabs } from '../../contract/lan.ts';
import { useActions } from '../stores/actions.ts';

const FIND_EVERY_MS = 1000;

/** Null until the first answer. Call in a component's set-up. */
export function useFoundLabs(): Readonly<ShallowRef<FoundLabs | null>> {
  const actions = useActions();
  const found = shallowRef<FoundLabs | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function look(): Promise<void> {
    const reply = await actions.ask('lan:find', {});
    if (ended) return;
    found.value = reply.ok ? reply.value : { labs: [], problem: reply.error.message };
    timer = setTimeout(() => void look(), FIND_EVERY_MS);
  }

  void look();
  onScopeDispose(() => {
    ended = true;
    clearTimeout(timer);
  });
  return found;
}
