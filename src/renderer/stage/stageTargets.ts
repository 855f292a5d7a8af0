/** What an element of the stage represents: the picture and the table mark theirs with data-node and data-link. */
import { isNodeName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

function marked(target: EventTarget | null, attribute: 'data-node' | 'data-link'): string {
  if (!(target instanceof Element)) return '';
  return target.closest(`[${attribute}]`)?.getAttribute(attribute) ?? '';
}

/** The node that an event's target belongs to. */
export function nodeAt(target: EventTarget | null): NodeName | null {
  const name = marked(target, 'data-node');
  return isNodeName(name) ? name : null;
}

/** The ends of the link that an event's target belongs to. */
export function linkAt(target: EventTarget | null): readonly [NodeName, NodeName] | null {
  const [a = '', b = ''] = marked(target, 'data-link').split('-');
  return isNodeName(a) && isNodeName(b) ? [a, b] : null;
}

/** Opens the context menu of an element at a point of the window, as the right mouse button would. */
export function askForMenu(element: Element, x: number, y: number): void {
  element.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: x, clientY: y }));
}
