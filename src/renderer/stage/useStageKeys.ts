/** The stage's own keys besides those of the whole window: T for the table; while picking, digits and Enter. */
import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { isPressedBySpace, isTextField } from '../shell/keys.ts';

const OVERLAY = '[role=dialog], [role=alertdialog], [role=menu]';

export interface StageKeyOptions {
  readonly names: Readonly<Ref<readonly NodeName[]>>;
  readonly picking: Readonly<Ref<boolean>>;
  readonly onTable: () => void;
  readonly onToggle: (name: NodeName) => void;
  readonly onApply: () => void;
}

/** Listens before the window's keys, which ignore the keys handled here. */
export function useStageKeys(options: StageKeyOptions): void {
  useEventListener(window, 'keydown', (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && !event.repeat;
    if (!isPlain || event.defaultPrevented || isTextField(event.target)) return;
    if (document.querySelector(OVERLAY) !== null) return;
    if (event.key.toLowerCase() === 't') options.onTable();
    else if (options.picking.value && /^[1-9]$/.test(event.key)) {
      const name = options.names.value.find((candidate) => candidate === `n${event.key}`);
      if (name === undefined) return;
      options.onToggle(name);
    } else if (options.picking.value && event.key === 'Enter' && !isButton(event.target)) options.onApply();
    else return;
    event.preventDefault();
  }, { capture: true });
}

/** A button handles Enter itself; a node of the ring does not while picking. */
function isButton(target: EventTarget | null): boolean {
  return isPressedBySpace(target) && !(target instanceof Element && target.closest('[data-node]') !== null);
}
