/** The fold from trace events to the view of a cluster: the same one live, in a replay and in tests. */
import { NONE } from '../raft/types.ts';
import type { NodeId } from '../raft/types.ts';
import { DOOR_CLOSED } from './door.ts';
import { isFaultless } from './events.ts';
import type { LinkFaults, TraceEvent } from './events.ts';
import { foldMessage, forgetHeldBy } from './foldMessages.ts';
import { foldNodeEvent, newNodeView } from './foldNode.ts';
import { isNodeName, nodeNameOf, nodeNumberOfName } from './names.ts';
import type { NodeName } from './names.ts';
import { RAFTLAB_VARIANT } from './variant.ts';
import { VIOLATIONS_MAX } from './view.ts';
import type { ClusterView, NodeView, SafetyViolationView } from './view.ts';

/** The view before any event; a trace begins with `labOpened`, which fills it in. */
export function emptyView(): ClusterView {
  return {
    labId: '',
    name: '',
    pace: 'class',
    leaseReads: false,
    variant: RAFTLAB_VARIANT,
    door: DOOR_CLOSED,
    seq: 0,
    atMs: 0,
    nodes: {},
    links: {},
    messages: [],
    held: [],
    violations: [],
    violationCount: 0,
    rulesOff: [],
    seed: null,
    droppedEvents: 0,
  };
}

/**
 * Folds one event into the view, in a time that does not depend on how many came before. Missed events count in
 * `droppedEvents`, and the view continues with what it knows. Never throws, whatever the order of events from different
 * nodes.
 */
export function applyEvent(view: ClusterView, event: TraceEvent): void {
  if (view.seq > 0 && event.seq > view.seq + 1) view.droppedEvents += event.seq - view.seq - 1;
  view.seq = Math.max(view.seq, event.seq);
  view.atMs = event.atMs;
  switch (event.type) {
    case 'labOpened':
      openLab(view, event);
      return;
    case 'labClosed':
      for (const node of Object.values(view.nodes)) endNode(node);
      view.held = [];
      return;
    case 'labRenamed':
      view.name = event.name;
      return;
    case 'paceChanged':
      view.pace = event.pace;
      return;
    case 'leaseReadsChanged':
      view.leaseReads = event.enabled;
      return;
    case 'doorChanged':
      view.door = event.door;
      return;
    case 'variantChanged':
      view.variant = event.variant;
      view.rulesOff = [...event.variant.rulesOff];
      return;
    case 'nodeAdded':
      view.nodes[event.name] = newNodeView(nodeNumberOfName(event.name), event.incarnation);
      return;
    case 'nodeRemoved':
      removeNode(view, event.name);
      return;
    case 'linkChanged':
      setLink(view, event.from, event.to, event.faults);
      return;
    case 'partitioned':
      return; // what it does to the links is told link by link
    case 'healed':
      for (const link of Object.values(view.links)) setLink(view, link.from, link.to, { ...link.faults, down: false });
      return;
    case 'safetyViolated':
      view.violationCount += 1;
      if (view.violations.length < VIOLATIONS_MAX) view.violations.push(violationView(event));
      return;
    case 'messageSent':
    case 'messageReceived':
    case 'messageDropped':
    case 'messageHeld':
    case 'messageReleased':
      foldMessage(view, event);
      return;
    default: {
      if (BEGINS_OR_ENDS.has(event.type)) forgetHeldBy(view, event.node);
      const node = nodeOf(view, event.node);
      if (node !== undefined) foldNodeEvent(node, event);
    }
  }
}

/** With these a node holds no message, or is about to tell which ones it holds. */
const BEGINS_OR_ENDS: ReadonlySet<string> = new Set<TraceEvent['type']>([
  'nodeStarted', 'nodeStopped', 'nodeCrashed', 'nodeFailed', 'nodeWiped', 'nodeRestated',
]);

/** The key of a link in a view. */
export function linkKey(from: NodeName, to: NodeName): string {
  return `${from}>${to}`;
}

function openLab(view: ClusterView, event: TraceEvent & { type: 'labOpened' }): void {
  const nodes = event.nodes.map((name, position) =>
    [name, newNodeView(nodeNumberOfName(name), event.incarnations?.[position] ?? 1)] as const);
  const variant = event.variant ?? RAFTLAB_VARIANT;
  Object.assign(view, emptyView(), {
    labId: event.labId,
    name: event.name,
    pace: event.pace,
    variant,
    rulesOff: [...event.rulesOff ?? variant.rulesOff],
    leaseReads: event.leaseReads ?? false,
    door: event.door ?? DOOR_CLOSED,
    seed: event.seed ?? null,
    seq: view.seq,
    atMs: view.atMs,
    nodes: Object.fromEntries(nodes),
  });
}

/** Nothing of the node stays in the picture, its links' faults included. */
function removeNode(view: ClusterView, name: NodeName): void {
  Reflect.deleteProperty(view.nodes, name);
  const isItsOwn = ({ from, to }: { from: NodeName; to: NodeName }): boolean => from === name || to === name;
  for (const link of Object.values(view.links)) {
    if (isItsOwn(link)) Reflect.deleteProperty(view.links, linkKey(link.from, link.to));
  }
  view.messages = view.messages.filter((message) => !isItsOwn(message));
  view.held = view.held.filter((held) => !isItsOwn(held));
}

function endNode(node: NodeView): void {
  if (node.life === 'running' || node.life === 'paused' || node.life === 'starting') node.life = 'stopped';
  node.electionTimer = null;
  node.door = null;
}

function setLink(view: ClusterView, from: NodeName, to: NodeName, faults: LinkFaults): void {
  const key = linkKey(from, to);
  if (isFaultless(faults)) Reflect.deleteProperty(view.links, key);
  else view.links[key] = { from, to, faults };
}

function violationView(event: TraceEvent & { type: 'safetyViolated' }): SafetyViolationView {
  const { check, section, statement, message, nodes, term = null, index = null, seenAtSeq, atMs } = event;
  return { check, section, statement, message, nodes: [...nodes], term, index, seenAtSeq, atMs };
}

/** The node of an event; an unknown node is added (the trace may begin in the middle). */
function nodeOf(view: ClusterView, id: NodeId): NodeView | undefined {
  const name = nodeNameOf(id);
  if (id === NONE || !isNodeName(name)) return undefined;
  view.nodes[name] ??= newNodeView(nodeNumberOfName(name), 1);
  return view.nodes[name];
}
