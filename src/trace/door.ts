/** A lab's doors: each node's own place where programs of other people can connect (docs/clients.md). */

/** How the doors of all nodes of a lab are to be. */
export interface DoorSettings {
  readonly isOpen: boolean;
  /** Whether a node that cannot carry a command out itself names the one that can; otherwise it forwards it. */
  readonly redirects: boolean;
  /** Whether the doors open at the machines' LAN addresses while the lab is open to the LAN; else on loopback alone. */
  readonly onLan: boolean;
}

export const DOOR_CLOSED: DoorSettings = Object.freeze({ isOpen: false, redirects: false, onLan: false });

/** Where a node's door is. */
export interface DoorPlace {
  readonly address: string;
  readonly port: number;
}

/** Why a node's door is closed: as the lab's settings say, or it could not be opened. */
export type DoorClosing = 'off' | 'failed';

/** What a node tells of its door. Its door also closes whenever the node ends, and then it tells nothing. */
export type DoorEvent =
  | ({ readonly type: 'doorOpened' } & DoorPlace)
  /** `message`: what went wrong, in a sentence. The node runs on. */
  | { readonly type: 'doorClosed'; readonly reason: DoorClosing; readonly message?: string };

/** What may be changed of the doors in one word. */
export type DoorChange = 'on' | 'off' | 'redirect' | 'forward' | 'lan' | 'local';

const CHANGES: Readonly<Record<DoorChange, Partial<DoorSettings>>> = {
  on: { isOpen: true },
  off: { isOpen: false },
  redirect: { redirects: true },
  forward: { redirects: false },
  lan: { onLan: true },
  local: { onLan: false },
};

export const DOOR_CHANGES = Object.keys(CHANGES) as readonly DoorChange[];

/** The settings after a change. */
export function doorAfter(door: DoorSettings, change: DoorChange): DoorSettings {
  return { ...door, ...CHANGES[change] };
}

/** Whether both say the same. */
export function isSameDoor(one: DoorSettings, other: DoorSettings): boolean {
  return one.isOpen === other.isOpen && one.redirects === other.redirects && one.onLan === other.onLan;
}
