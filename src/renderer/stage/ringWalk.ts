/** Keyboard navigation on the ring: which node a key leads to. */
import type { NodeName } from '../../trace/names.ts';

/** The node that a key leads to from `current`; null for other keys. Right and down go clockwise. */
export function walkRing(names: readonly NodeName[], current: NodeName, key: string): NodeName | null {
  const rank = names.indexOf(current);
  const count = names.length;
  if (rank === -1 || count === 0) return null;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown': return names[(rank + 1) % count] ?? null;
    case 'ArrowLeft':
    case 'ArrowUp': return names[(rank - 1 + count) % count] ?? null;
    case 'Home': return names[0] ?? null;
    case 'End': return names[count - 1] ?? null;
    default: return null;
  }
}

/** Whether a key press requests the context menu: the menu key, or Shift+F10. */
export function asksForMenu(press: { readonly key: string; readonly shiftKey: boolean }): boolean {
  return press.key === 'ContextMenu' || (press.key === 'F10' && press.shiftKey);
}
