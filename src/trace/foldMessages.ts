/** Messages in transit: how sending, arrival and loss change the view. */
import type { NodeId } from '../raft/types.ts';
import type { MessageEvent, MessageSummary, TraceEvent } from './events.ts';
import { isNodeId, nodeNameOf } from './names.ts';
import { HELD_MAX, MESSAGES_MAX } from './view.ts';
import type { ClusterView, MessageView } from './view.ts';

type MessageTraceEvent = TraceEvent & MessageEvent;

/**
 * Folds a message's event into the view. Sender and receiver are two threads, so the arrival may be reported before the
 * sending. One copy may also be lost after another one arrived.
 */
export function foldMessage(view: ClusterView, event: MessageTraceEvent): void {
  switch (event.type) {
    case 'messageSent': {
      const known = findMessage(view, event.messageId);
      if (known === undefined) addMessage(view, event.messageId, event.node, event.to, event.message, event.atMs);
      else known.sentAtMs = Math.min(event.atMs, known.endedAtMs ?? event.atMs);
      return;
    }
    case 'messageReceived': {
      const message = findMessage(view, event.messageId)
        ?? addMessage(view, event.messageId, event.from, event.node, event.message, event.atMs);
      endMessage(message, 'arrived', event.atMs);
      return;
    }
    case 'messageDropped':
      takeHeld(view, event.messageId);
      dropMessage(view, event);
      return;
    case 'messageHeld':
      takeHeld(view, event.messageId); // told again by a node that restates what it is
      view.held.push({
        number: (view.held.at(-1)?.number ?? 0) + 1, messageId: event.messageId, from: nodeNameOf(event.node),
        to: nodeNameOf(event.to), message: event.message, heldAtMs: event.atMs,
      });
      if (view.held.length > HELD_MAX) view.held.shift();
      return;
    case 'messageReleased':
      takeHeld(view, event.messageId);
  }
}

/** Forgets what a node held: it has ended, or is about to tell what it holds. */
export function forgetHeldBy(view: ClusterView, id: NodeId): void {
  const from = nodeNameOf(id);
  if (view.held.some((held) => held.from === from)) view.held = view.held.filter((held) => held.from !== from);
}

function takeHeld(view: ClusterView, messageId: string | undefined): void {
  const at = view.held.findIndex((held) => held.messageId === messageId);
  if (at !== -1) view.held.splice(at, 1);
}

function dropMessage(view: ClusterView, event: TraceEvent & { type: 'messageDropped' }): void {
  if (event.messageId === undefined) return; // nobody knows which message it was
  let message = findMessage(view, event.messageId);
  if (message === undefined && event.message !== undefined) {
    // Dropped at the sender, or the sending is not known yet: the event names the other end; `node` is its own.
    const from = event.from ?? event.node;
    const to = event.to ?? event.node;
    if (!isNodeId(from) || !isNodeId(to)) return; // an unverified sender chose that number
    message = addMessage(view, event.messageId, from, to, event.message, event.atMs);
  }
  if (message?.state === 'travelling') endMessage(message, 'lost', event.atMs);
}

function addMessage(
  view: ClusterView, messageId: string, from: NodeId, to: NodeId, message: MessageSummary, sentAtMs: number,
): MessageView {
  const added: MessageView = {
    messageId, from: nodeNameOf(from), to: nodeNameOf(to), message, sentAtMs, state: 'travelling', endedAtMs: null,
  };
  const index = indexOf(view);
  index.set(messageId, added);
  view.messages.push(added);
  if (view.messages.length > MESSAGES_MAX) index.delete(view.messages.shift()?.messageId ?? '');
  return added;
}

function endMessage(message: MessageView, state: 'arrived' | 'lost', atMs: number): void {
  message.state = state;
  message.endedAtMs = atMs;
}

function findMessage(view: ClusterView, messageId: string): MessageView | undefined {
  return indexOf(view).get(messageId);
}

/** The messages of a view by their ids: a search among hundreds took a sixth of a simulated lab's time. */
const indexes = new WeakMap<MessageView[], Map<string, MessageView>>();

/** Made anew for a view that was copied, or whose messages were replaced. */
function indexOf({ messages }: ClusterView): Map<string, MessageView> {
  let index = indexes.get(messages);
  if (index === undefined) {
    index = new Map(messages.map((message) => [message.messageId, message]));
    indexes.set(messages, index);
  }
  return index;
}
