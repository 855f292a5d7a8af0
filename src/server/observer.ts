/** What may be watched of a server from outside, at the moment when it happens: for checks, which must not miss any. */
import type { Entry, RaftEvent, Ready } from '../raft/index.ts';

export interface ServerObserver {
  /** Something has happened in the core. */
  onEvent(event: RaftEvent): void;
  /** The core asks for this; nothing of it is done yet. */
  onReady(ready: Ready): void;
  /** What had to be durable is; `messages` leave now, and the committed entries are applied. */
  onPersisted(ready: Ready): void;
  /** An entry is applied. */
  onApplied(entry: Entry): void;
}
