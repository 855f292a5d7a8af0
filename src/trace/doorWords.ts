/** Doors in words: what the lab's settings are, and what became of a node's own door. */
import type { Clauses } from './clauses.ts';
import type { DoorEvent, DoorSettings } from './door.ts';

/** The settings in a clause: `all nodes open their doors on this machine alone, and forward commands`. */
export function doorWords({ isOpen, redirects, onLan }: DoorSettings): string {
  if (!isOpen) return 'all doors are closed';
  const where = onLan ? 'at their LAN addresses while the lab is open to the LAN' : 'to programs on their own machine';
  const how = redirects ? 'redirect clients to the leader' : 'forward commands';
  return `the nodes open their doors ${where}, and ${how}`;
}

export function describeDoorEvent(event: DoorEvent): Clauses {
  switch (event.type) {
    case 'doorOpened':
      return [`opened its door at port ${event.port}`, `${event.address}:${event.port} · Redis protocol`];
    case 'doorClosed':
      if (event.reason === 'off') return ['closed its door'];
      return ['could not open its door', event.message ?? ''];
  }
}
