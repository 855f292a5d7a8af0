/** The stage's own keys besides those of the whole window: T for the table; while picking, digits and Enter. */
import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';
import type { HeldAction } from '../../contract/commands.ts';
import type { NodeName } from '../../trace/names.ts';
import { isPressedBySpace, isTextField } from '../shell/keys.ts';

const HELD_KEYS: Readonly<Record<string, Exclude<HeldAction, 'double'>>> = {
  Enter: 'deliver', Backspace: 'lose', Delete: 'lose',
};

const OVERLAY = '[role=dialog], [role=alertdialog], [role=menu]';

export interface StageKeyOptions {
  readonly names: Readonly<Ref<readonly NodeName[]>>;
  readonly picking: Readonly<Ref<boolean>>;
  readonly onTable: () => void;
  readonly onToggle: (name: NodeName) => void;
  /** Enter: false where there is nothing to apply. */
  readonly onApply: () => boolean;
  /** A held message is chosen, and its key was pressed; false: none is. */
  readonly onHeld: (action: Exclude<HeldAction, 'double'>) => boolean;
}

/** Listens before the window's keys, which ignore the keys handled here. */
export function useStageKeys(options: StageKeyOptions): void {
  function actsOnHeld({ key, target }: KeyboardEvent): boolean {
    const action = HELD_KEYS[key];
    return action !== undefined && !handlesEnter(target) && options.onHeld(action);
  }

  /** @returns whether the key does something here */
  function run(event: KeyboardEvent): boolean {
    const { key } = event;
    if (key.toLowerCase() === 't') {
      options.onTable();
      return true;
    }
    if (options.picking.value && /^[1-9]$/.test(key)) {
      const name = options.names.value.find((candidate) => candidate === `n${key}`);
      if (name !== undefined) options.onToggle(name);
      return name !== undefined;
    }
    return (key === 'Enter' && !handlesEnter(event.target) && options.onApply()) || actsOnHeld(event);
  }

  useEventListener(window, 'keydown', (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && !event.repeat;
    if (!isPlain || event.defaultPrevented || isTextField(event.target)) return;
    if (document.querySelector(OVERLAY) === null && run(event)) event.preventDefault();
  }, { capture: true });
}

/** A button or a list handles Enter itself; a node of the ring does not while picking, nor a held message. */
function handlesEnter(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const isMark = target.closest('[data-node], [data-held]') !== null;
  return target.closest('[role=listbox]') !== null || (isPressedBySpace(target) && !isMark);
}
