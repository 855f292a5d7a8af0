/** Why an entry was lost: the story of a write that never reached a majority (Raft §5.3, §5.4.1). */
import type { Index, NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName, nodeNameOf, nodeNumberOf } from '../../trace/names.ts';
import type { EntryName, Past } from './past.ts';
import { asOneStep, separates } from './silence.ts';
import { linkTo } from './whyChain.ts';
import type { EventOf, WhyChain, WhyLink } from './whyChain.ts';

export type Truncation = EventOf<'entriesAppended'> & { readonly truncatedFrom: Index };

/** What is known of the loss, before it is told. */
interface Loss {
  readonly event: Truncation;
  /** The entry that was lost. */
  readonly entry: EntryName;
  /** The leader that replaced it; undefined where it is not known. */
  readonly winner: NodeId | undefined;
  readonly election: EventOf<'roleChanged'> | undefined;
  readonly origin: EventOf<'entriesAppended'> | undefined;
}

export function isTruncation(event: TraceEvent): event is Truncation {
  return event.type === 'entriesAppended' && event.truncatedFrom !== undefined;
}

/**
 * The story of an entry that an event removed.
 * @param index which one; absent: the last of those that were removed
 */
export function whyLost(event: Truncation, past: Past, index?: Index): WhyChain {
  const entry = lostEntry(event, past, index);
  const received = receivedBehind(event, past);
  const winner = received?.from;
  const term = received?.message.term ?? event.entries.at(-1)?.term ?? 0;
  const election = past.last('roleChanged', event.seq, (one) => (
    one.role === 'leader' && one.term === term && (winner === undefined || one.node === winner)));
  const loss: Loss = { event, entry, winner, election, origin: originOf(entry, event, past) };
  const client = clientOf(loss, past);
  const links = [
    replacedLink(loss),
    sendingLink(loss, received, past),
    reunionLink(loss, past),
    electionLink(loss, past),
    appendedLink(loss, past),
    client === undefined ? undefined : clientLink(client, past, loss),
  ];
  return {
    title: client === undefined ? `Why was entry ${entry.index} of term ${entry.term} lost?`
      : `Why was “${client.text}” lost?`,
    links: links.filter((link) => link !== undefined),
  };
}

/** Of several the last one, unless one is asked for. */
function lostEntry({ node, seq, truncatedFrom }: Truncation, past: Past, index: Index | undefined): EntryName {
  const lastIndex = past.lastEntryOf(node, seq)?.index ?? truncatedFrom;
  const wanted = Math.min(Math.max(index ?? lastIndex, truncatedFrom), Math.max(lastIndex, truncatedFrom));
  return { index: wanted, term: past.termOf(node, wanted, seq) ?? 0 };
}

function receivedBehind({ node, seq, cause }: Truncation, past: Past): EventOf<'messageReceived'> | undefined {
  return past.last('messageReceived', seq, (one) => one.node === node && (
    cause?.by === 'message' ? one.messageId === cause.messageId : one.message.type === 'AppendEntries'));
}

function originOf(entry: EntryName, { node, seq }: Truncation, past: Past): EventOf<'entriesAppended'> | undefined {
  const leader = past.last('roleChanged', seq, ({ role, term }) => role === 'leader' && term === entry.term);
  return past.arrivalOf(entry, leader?.node ?? node, seq) ?? past.arrivalOf(entry, node, seq);
}

// ---- Its links, from the loss back ----------------------------------------------------------------------------------

function replacedLink({ event, entry, winner }: Loss): WhyLink {
  const { truncatedFrom, entries, node } = event;
  const lost = truncatedFrom === entry.index ? `entry ${entry.index}` : `its entries from ${truncatedFrom} on`;
  const by = winner === undefined ? 'another leader' : fullNodeName(winner);
  const last = entries.at(-1);
  const range = last === undefined ? '' : rangeOf(entries[0]?.index ?? last.index, last.index);
  const instead = last === undefined ? '' : ` by ${by}’s ${range} of term ${last.term}`;
  return {
    event, section: '§5.3', isInferred: false,
    sentence: `${fullNodeName(node)} replaced ${lost} of term ${entry.term}${instead}`,
  };
}

function rangeOf(first: Index, last: Index): string {
  return first === last ? `entry ${first}` : `entries ${first}–${last}`;
}

function sendingLink(
  { event, winner, entry }: Loss, received: EventOf<'messageReceived'> | undefined, past: Past,
): WhyLink | undefined {
  if (received === undefined || winner === undefined) {
    return undefined;
  }
  const { messageId, message: { logIndex = 0 } } = received;
  const sent = past.last('messageSent', received.seq, (one) => one.messageId === messageId);
  const refused = past.last('appendRejected', event.seq, (one) => one.node === winner && one.from === event.node);
  const own = past.termOf(event.node, entry.index, event.seq);
  const other = event.entries.find(({ index }) => index === entry.index)?.term;
  const conflict = own === undefined || other === undefined ? ''
    : `: at ${entry.index} it had term ${own}, ${fullNodeName(winner)} had term ${other}`;
  const after = refused === undefined ? conflict : `, after ${fullNodeName(event.node)} had refused what came before`
    + conflict;
  return {
    event: sent ?? received, section: '§5.3', isInferred: sent === undefined,
    sentence: `${fullNodeName(winner)} sent AppendEntries from ${logIndex + 1} on${after}`,
  };
}

/** What let the new leader reach the node again. */
function reunionLink({ event, winner, election }: Loss, past: Past): WhyLink | undefined {
  if (winner === undefined) {
    return undefined;
  }
  const reunion = past.lastOf(event.seq, (one) => one.seq > (election?.seq ?? 0) && (
    one.type === 'healed' || (one.type === 'linkChanged' && !one.faults.down)
    || (one.type === 'partitioned' && !separates(one, winner, event.node))
    || ((one.type === 'nodeStarted' || one.type === 'nodeResumed') && one.node === event.node)));
  return reunion === undefined ? undefined : { ...linkTo(asOneStep(reunion, past)), isInferred: true };
}

function electionLink({ entry, election }: Loss, past: Past): WhyLink | undefined {
  if (election === undefined) {
    return undefined;
  }
  const holders = past.holdersOf(entry, election.seq);
  const having = election.votes.filter((voter) => holders.includes(voter));
  const had = having.length === 0 ? `none of them had entry ${entry.index} of term ${entry.term}`
    : `${namesOf(having)} had entry ${entry.index} of term ${entry.term}, and voted all the same`;
  return {
    event: election, section: '§5.4.1', isInferred: false,
    sentence: `${fullNodeName(election.node)} had become leader of term ${election.term} with the votes of `
      + `${namesOf(election.votes)}: ${had}`,
  };
}

function appendedLink({ event, entry, origin, election }: Loss, past: Past): WhyLink | undefined {
  if (origin === undefined) {
    return undefined;
  }
  const holders = past.holdersOf(entry, event.seq);
  const others = holders.filter((holder) => holder !== origin.node);
  const count = election === undefined ? `${holders.length}` : `${holders.length} of ${election.voterCount}`;
  const reached = others.length === 0 ? 'no other node got it' : `only ${namesOf(others)} got it, too`;
  return {
    event: origin, section: '§5.3', isInferred: false,
    sentence: `${fullNodeName(origin.node)} had appended entry ${entry.index} of term ${entry.term}; ${reached}: `
      + `it was on ${count} and never committed`,
  };
}

/** The client's request behind the entry: the entry's own cause, or a request that waited for it. */
function clientOf({ event, entry, origin }: Loss, past: Past): EventOf<'clientAsked'> | undefined {
  const waited = past.last('clientWaits', event.seq, (one) => (
    one.waitsFor === 'commit' && one.index === entry.index && one.term === entry.term));
  const { cause } = origin ?? {};
  const isOnly = origin?.entries.length === 1;
  const requestId = waited?.requestId ?? (isOnly && cause?.by === 'request' ? cause.requestId : undefined);
  return requestId === undefined ? undefined
    : past.last('clientAsked', event.seq, (asked) => asked.requestId === requestId);
}

function clientLink(asked: EventOf<'clientAsked'>, past: Past, { event }: Loss): WhyLink {
  const answer = past.last('clientAnswered', event.seq, ({ requestId }) => requestId === asked.requestId);
  // The window and the terminal ask in the name of the node that they ask.
  const who = asked.client === nodeNameOf(asked.node) ? 'a client' : asked.client;
  const told = answer === undefined ? 'has not been told how it ended'
    : answer.outcome === 'unknown' ? 'was told: outcome unknown' : `was told: ${answer.detail}`;
  return {
    event: asked, section: null, isInferred: false,
    sentence: `${who} had asked ${fullNodeName(asked.node)} for “${asked.text}”, and ${told}`,
  };
}

/** `n1, n2, n3`, in the order of their numbers. */
export function namesOf(nodes: readonly NodeId[]): string {
  return [...nodes].sort((a, b) => nodeNumberOf(a) - nodeNumberOf(b)).map(fullNodeName).join(', ');
}
