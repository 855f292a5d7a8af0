/** The keyboard map: every key of the window in one place. Help and the command palette are also made from it. */

export type KeyAction =
  | 'node.select'
  | 'node.next'
  | 'node.previous'
  | 'node.crash'
  | 'node.restart'
  | 'node.pauseOrResume'
  | 'network.partition'
  | 'network.link'
  | 'network.hold'
  | 'network.heal'
  | 'stage.table'
  | 'stage.nextView'
  | 'time.toggle'
  | 'time.step'
  | 'time.back'
  | 'time.stepEvent'
  | 'time.backEvent'
  | 'time.first'
  | 'time.last'
  | 'time.next'
  | 'time.until'
  | 'past.toggle'
  | 'past.step'
  | 'past.back'
  | 'past.stepEvent'
  | 'past.backEvent'
  | 'past.first'
  | 'past.last'
  | 'past.live'
  | 'past.note'
  | 'window.escape'
  | 'window.network'
  | 'window.console'
  | 'window.filter'
  | 'window.inspector'
  | 'window.palette'
  | 'window.help'
  | 'window.settings'
  | 'window.theme'
  | 'window.stageAlone'
  | 'window.larger'
  | 'window.smaller'
  | 'window.actualSize';

/** `replay`: a moment of the past is shown, be it of a live lab or of a file. */
export type World = 'live' | 'simulated' | 'replay';

export interface KeyBinding {
  readonly action: KeyAction;
  /** `KeyboardEvent.key`, lower case; `digit` means 1 to 9. */
  readonly key: string;
  /** Ctrl, or ⌘ on a Mac: also works while typing. Without it, the key acts only when nobody is typing. */
  readonly withControl?: boolean;
  /** Whether Shift must be pressed, or must not; absent: it does not matter. */
  readonly withShift?: boolean;
  /** The only worlds in which the key has this meaning. */
  readonly only?: readonly World[];
  /** Whether it acts again and again while the key is held down. */
  readonly repeats?: boolean;
  readonly section: 'Node' | 'Network' | 'Time' | 'The past' | 'Window';
  readonly text: string;
}

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { action: 'node.select', key: 'digit', section: 'Node', text: 'Select that node' },
  { action: 'node.next', key: ']', section: 'Node', text: 'Select the next node' },
  { action: 'node.previous', key: '[', section: 'Node', text: 'Select the previous node' },
  { action: 'node.crash', key: 'c', section: 'Node', text: 'Crash the selected node' },
  { action: 'node.restart', key: 'r', section: 'Node', text: 'Restart it' },
  { action: 'node.pauseOrResume', key: ' ', only: ['live'], section: 'Node', text: 'Pause it, or let it go on' },
  { action: 'network.partition', key: 'p', section: 'Network', text: 'Partition: pick a group of nodes' },
  {
    action: 'network.link', key: 'l', only: ['live', 'simulated'], section: 'Network',
    text: 'Link: cut, lose or delay between two nodes',
  },
  { action: 'network.hold', key: 'm', section: 'Network', text: 'Hold messages, and deliver them by hand' },
  { action: 'network.heal', key: 'h', section: 'Network', text: 'Heal the partition and every cut link' },
  {
    action: 'time.toggle', key: ' ', only: ['simulated'], section: 'Time', text: 'Let time run, or hold it',
  },
  {
    action: 'time.step', key: 'arrowright', withShift: false, only: ['simulated'], repeats: true, section: 'Time',
    text: 'Step on, by the chosen unit',
  },
  {
    action: 'time.back', key: 'arrowleft', withShift: false, only: ['simulated'], repeats: true, section: 'Time',
    text: 'Step back, by the chosen unit',
  },
  {
    action: 'time.stepEvent', key: 'arrowright', withShift: true, only: ['simulated'], repeats: true, section: 'Time',
    text: 'Step on by one event',
  },
  {
    action: 'time.backEvent', key: 'arrowleft', withShift: true, only: ['simulated'], repeats: true, section: 'Time',
    text: 'Step back by one event',
  },
  { action: 'time.first', key: 'home', only: ['simulated'], section: 'Time', text: 'Go to the lab’s beginning' },
  { action: 'time.last', key: 'end', only: ['simulated'], section: 'Time', text: 'Go to the end of the branch' },
  { action: 'time.next', key: 'w', only: ['simulated'], section: 'Time', text: 'Choose what happens next' },
  {
    action: 'time.until', key: 'u', only: ['simulated'], section: 'Time',
    text: 'Let time run until a condition holds',
  },
  { action: 'past.toggle', key: ' ', only: ['replay'], section: 'The past', text: 'Play, or hold' },
  {
    action: 'past.step', key: 'arrowright', withShift: false, only: ['replay'], repeats: true, section: 'The past',
    text: 'Step on, by the chosen unit',
  },
  {
    action: 'past.back', key: 'arrowleft', withShift: false, only: ['live', 'replay'], repeats: true,
    section: 'The past', text: 'Step back into the past, by the chosen unit',
  },
  {
    action: 'past.stepEvent', key: 'arrowright', withShift: true, only: ['replay'], repeats: true,
    section: 'The past', text: 'Step on by one event',
  },
  {
    action: 'past.backEvent', key: 'arrowleft', withShift: true, only: ['live', 'replay'], repeats: true,
    section: 'The past', text: 'Step back by one event',
  },
  { action: 'past.first', key: 'home', only: ['live', 'replay'], section: 'The past', text: 'Go to its beginning' },
  { action: 'past.last', key: 'end', only: ['replay'], section: 'The past', text: 'Go to LIVE, or to a file’s end' },
  { action: 'past.live', key: 'l', only: ['replay'], section: 'The past', text: 'Back to LIVE, also from a file' },
  { action: 'past.note', key: 'b', only: ['live', 'replay'], section: 'The past', text: 'Notes at moments' },
  { action: 'stage.table', key: 't', section: 'Window', text: 'Stage as a table, or as a picture' },
  { action: 'stage.nextView', key: 'v', section: 'Window', text: 'Next view: ring, logs, space-time, table' },
  { action: 'window.network', key: 'n', section: 'Window', text: 'Open this lab to the network, or join one' },
  { action: 'window.console', key: '/', section: 'Window', text: 'Type into the console' },
  { action: 'window.filter', key: 'f', withControl: true, section: 'Window', text: 'Filter the events' },
  { action: 'window.inspector', key: 'i', section: 'Window', text: 'Show or hide the inspector' },
  { action: 'window.palette', key: 'k', withControl: true, section: 'Window', text: 'Every command by name' },
  { action: 'window.settings', key: ',', withControl: true, section: 'Window', text: 'Settings' },
  { action: 'window.theme', key: 'd', section: 'Window', text: 'Light or dark' },
  { action: 'window.stageAlone', key: 'f', section: 'Window', text: 'The stage alone, for a projector' },
  { action: 'window.larger', key: '=', withControl: true, section: 'Window', text: 'Larger, for a projector' },
  { action: 'window.smaller', key: '-', withControl: true, section: 'Window', text: 'Smaller' },
  { action: 'window.actualSize', key: '0', withControl: true, section: 'Window', text: 'Usual size' },
  { action: 'window.help', key: '?', section: 'Window', text: 'This list' },
  { action: 'window.escape', key: 'escape', section: 'Window', text: 'Leave a tool, then let go of the node' },
];

/** The part of a KeyboardEvent that decides about the binding. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * The binding for a key press, or null.
 * @param typing whether the keys go into a text field: then only bindings with Ctrl act
 * @param world what the window shows
 */
export function bindingFor(press: KeyPress, typing: boolean, world: World = 'live'): KeyBinding | null {
  if (press.altKey) return null;
  const control = press.ctrlKey || press.metaKey;
  if (typing && !control) return null;
  const key = press.key.toLowerCase();
  // On most layouts + is Shift and =; both make the window's content larger.
  const name = !control && /^[1-9]$/.test(key) ? 'digit' : control && key === '+' ? '=' : key;
  return KEY_BINDINGS.find((binding) => binding.key === name && (binding.withControl ?? false) === control
    && (binding.withShift ?? press.shiftKey) === press.shiftKey && (binding.only?.includes(world) ?? true)) ?? null;
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  digit: '1–9', ' ': 'Space', escape: 'Esc', '=': '+', arrowleft: '←', arrowright: '→', home: 'Home', end: 'End',
};

/** A binding as printed on a keyboard: `C`, `Ctrl K`, `⌘K`. */
export function keyCaption(binding: KeyBinding, isMac: boolean): string {
  const name = KEY_NAMES[binding.key] ?? binding.key.toUpperCase();
  if (binding.withShift === true) return `Shift ${name}`;
  if (binding.withControl !== true) return name;
  return isMac ? `⌘${name}` : `Ctrl ${name}`;
}

/** An action's key for `aria-keyshortcuts`: `/`, `Control+F`, `Meta+F`. */
export function ariaShortcutOf(action: KeyAction, isMac: boolean): string {
  const binding = KEY_BINDINGS.find((candidate) => candidate.action === action);
  if (binding === undefined) return '';
  const key = binding.key.toUpperCase();
  return binding.withControl === true ? `${isMac ? 'Meta' : 'Control'}+${key}` : key;
}

/** The caption of an action's key. */
export function captionOf(action: KeyAction, isMac: boolean): string {
  const binding = KEY_BINDINGS.find((candidate) => candidate.action === action);
  return binding === undefined ? '' : keyCaption(binding, isMac);
}

const TEXT_FIELDS = 'input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable=true]';
const PRESSED_BY_SPACE = 'button, a[href], summary, input, [role=button], [role=tab], [role=radio], [role=option]';

const MOVED_BY_ARROWS = 'input, select, textarea, [role=radio], [role=tab], [role=treegrid], [role=grid]';

/**
 * Whether the arrow keys, Home and End move something in the focused element and therefore must not step time. A list
 * that stands upright handles its own keys and leaves ← and →.
 */
export function isMovedByArrows(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(MOVED_BY_ARROWS) !== null;
}

/** Whether the keys go into a text field. */
export function isTextField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TEXT_FIELDS) !== null;
}

/** Whether the space bar presses the focused element and therefore must not pause a node or let time run. */
export function isPressedBySpace(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(PRESSED_BY_SPACE) !== null;
}
