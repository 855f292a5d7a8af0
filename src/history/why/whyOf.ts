/** Why something happened: from an event back through what caused it, across nodes, as far as the events tell. */
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName } from '../../trace/names.ts';
import { wordsFor } from '../../trace/words.ts';
import { isTruncation, namesOf, whyLost } from './lostWrite.ts';
import { Past } from './past.ts';
import { silenceBefore } from './silence.ts';
import { LINKS_MAX, linkTo, sameCause } from './whyChain.ts';
import type { EventOf, WhyChain, WhyLink } from './whyChain.ts';

/** What is behind an event: links that lead on from the last of them, unless they are the beginning. */
interface Behind {
  readonly links: readonly WhyLink[];
  readonly isBeginning: boolean;
}

const NOTHING: Behind = { links: [], isBeginning: true };

/**
 * Explains an event.
 * @param events those before it, oldest first; what is missing among them makes links inferred, or ends the chain
 */
export function whyOf(event: TraceEvent, events: readonly TraceEvent[]): WhyChain {
  const past = new Past(events);
  if (isTruncation(event)) {
    return whyLost(event, past);
  }
  const links = [linkOf(event, past)];
  let last: TraceEvent | null = event;
  while (last !== null && links.length < LINKS_MAX) {
    const behind = behindOf(last, past);
    links.push(...behind.links);
    last = behind.isBeginning ? null : behind.links.at(-1)?.event ?? null;
  }
  const { subject, sentence } = wordsFor(event);
  return { title: `Why: ${subject} ${sentence}`, links: links.slice(0, LINKS_MAX) };
}

/** The link for an event, with the values that explain it where they are known. */
function linkOf(event: TraceEvent, past: Past, isInferred = false): WhyLink {
  const link = linkTo(event, isInferred);
  switch (event.type) {
    case 'voteRefused':
      return { ...link, sentence: refusalWords(event, link.sentence, past) };
    case 'roleChanged':
      return event.role === 'leader' ? { ...link, section: '§5.2' } : link;
    case 'commitAdvanced':
      return { ...link, sentence: `${link.sentence}${holdersWords(event, past)}`, section: '§5.3' };
    default:
      return link;
  }
}

/** `n5’s last entry is 3 of term 2, n2’s is 4 of term 2`. */
function refusalWords(event: EventOf<'voteRefused'>, sentence: string, past: Past): string {
  const request = past.last('messageReceived', event.seq, ({ node, from, message }) => (
    node === event.node && from === event.candidate && message.type === (event.preVote ? 'PreVote' : 'RequestVote')));
  const own = past.lastEntryOf(event.node, event.seq);
  if (event.reason !== 'log-not-up-to-date' || request === undefined || own === undefined) {
    return sentence;
  }
  const { logIndex = 0, logTerm = 0 } = request.message;
  return `${sentence.split(':')[0] ?? ''}: ${fullNodeName(event.candidate)}’s last entry is ${logIndex} of term `
    + `${logTerm}, ${fullNodeName(event.node)}’s is ${own.index} of term ${own.term}`;
}

function holdersWords({ node, commitIndex, seq }: EventOf<'commitAdvanced'>, past: Past): string {
  const term = past.termOf(node, commitIndex, seq);
  const leads = past.last('roleChanged', seq, (one) => one.node === node)?.role === 'leader';
  if (term === undefined || !leads) {
    return '';
  }
  return `: ${namesOf(past.holdersOf({ index: commitIndex, term }, seq))} have it`;
}

// ---- What is behind an event ----------------------------------------------------------------------------------------

function behindOf(event: TraceEvent, past: Past): Behind {
  switch (event.type) {
    case 'messageReceived':
      return behindReceived(event, past);
    case 'messageSent':
      return behindSent(event, past);
    case 'roleChanged':
      return behindRole(event, past);
    case 'applied':
      return behindMatching(event, past.last('commitAdvanced', event.seq, (one) => (
        one.node === event.node && one.commitIndex >= event.index)), past);
    case 'commitAdvanced':
      return behindCommit(event, past);
    case 'persisted':
      return behindMatching(event, past.last('entriesAppended', event.seq, ({ node, turn }) => (
        node === event.node && turn === event.turn)), past);
    case 'clientAnswered':
    case 'clientDecided':
    case 'clientWaits':
    case 'clientForwarded':
      return beginning(past.last('clientAsked', event.seq, ({ requestId }) => requestId === event.requestId), past);
    default:
      return behindCause(event, past);
  }
}

/** A follower commits what its leader has committed, and says (leaderCommit, §5.3). */
function behindCommit(event: EventOf<'commitAdvanced'>, past: Past): Behind {
  const message = behindCause(event, past);
  const [link] = message.links;
  if (link?.event?.type !== 'messageSent' || link.event.message.type !== 'AppendEntries') {
    return message;
  }
  const { node, seq } = link.event;
  const commit = past.last('commitAdvanced', seq, (one) => (
    one.node === node && one.previousCommitIndex < event.commitIndex && one.commitIndex >= event.commitIndex));
  return commit === undefined ? message : { links: [link, linkOf(commit, past)], isBeginning: false };
}

function beginning(event: TraceEvent | undefined, past: Past): Behind {
  return event === undefined ? NOTHING : { links: [linkOf(event, past)], isBeginning: true };
}

/** Something that fits by its values. */
function behindMatching(event: TraceEvent, found: TraceEvent | undefined, past: Past): Behind {
  return found === undefined ? behindCause(event, past) : goingOn(found, past);
}

function goingOn(event: TraceEvent, past: Past, isInferred = false): Behind {
  return { links: [linkOf(event, past, isInferred)], isBeginning: false };
}

/** What the event itself names as its cause. */
function behindCause(event: TraceEvent, past: Past): Behind {
  const { cause } = event;
  switch (cause?.by) {
    case 'message':
      return behindMessage(event, cause.messageId, past);
    case 'request':
      return cause.requestId === undefined ? NOTHING
        : beginning(past.last('clientAsked', event.seq, ({ requestId }) => requestId === cause.requestId), past);
    case 'disk': {
      const written = past.last('persisted', event.seq, ({ node, turn }) => node === event.node && turn === event.turn);
      return written === undefined ? NOTHING : goingOn(written, past);
    }
    default:
      return NOTHING;
  }
}

/** The message that made it, where it was sent: that it was received goes without saying. */
function behindMessage(event: TraceEvent, messageId: string, past: Past): Behind {
  const sent = past.last('messageSent', event.seq, (one) => one.messageId === messageId);
  if (sent !== undefined) {
    return goingOn(sent, past);
  }
  const received = past.last('messageReceived', event.seq, (one) => one.messageId === messageId);
  return received === undefined ? NOTHING : goingOn(received, past);
}

function behindReceived(event: EventOf<'messageReceived'>, past: Past): Behind {
  const sent = past.last('messageSent', event.seq, ({ messageId }) => messageId === event.messageId);
  if (sent !== undefined) {
    return goingOn(sent, past);
  }
  const decision = past.lastOf(event.seq, (one) => one.node === event.from && fitsMessage(one, event));
  return decision === undefined ? NOTHING : goingOn(decision, past, true);
}

/** What the sender decided when it made the message; otherwise what its turn was about. */
function behindSent(event: EventOf<'messageSent'>, past: Past): Behind {
  const { node, cause, turn } = event;
  const decision = past.lastOf(event.seq, (one) => one.node === node && DECISIONS.has(one.type)
    && sameCause(one.cause, cause) && (cause?.by === 'message' || one.turn === turn) && fitsMessage(one, event));
  if (decision !== undefined) {
    return goingOn(decision, past);
  }
  if (cause?.by === 'message' || cause?.by === 'request') {
    return behindCause(event, past);
  }
  // A candidate asks again in the same role; what is written was decided in an earlier step of the turn.
  const fitting = past.lastOf(event.seq, (one) => one.node === node && fitsMessage(one, event));
  return fitting === undefined ? NOTHING : goingOn(fitting, past, true);
}

/** What a node decides, and tells others of. */
const DECISIONS: ReadonlySet<TraceEvent['type']> = new Set([
  'voteGranted', 'voteRefused', 'roleChanged', 'entriesAppended', 'commitAdvanced', 'appendRejected',
]);

/** Whether a message tells others of an event of its sender. */
function fitsMessage(event: TraceEvent, { message }: EventOf<'messageSent' | 'messageReceived'>): boolean {
  switch (message.type) {
    case 'RequestVote':
      return event.type === 'roleChanged' && event.role === 'candidate' && event.term === message.term;
    case 'PreVote':
      return event.type === 'roleChanged' && event.role === 'pre-candidate';
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return event.type === (message.voteGranted === true ? 'voteGranted' : 'voteRefused');
    case 'AppendEntries':
      return message.entryCount === 0
        ? event.type === 'commitAdvanced' && event.commitIndex === message.leaderCommit
        : event.type === 'appendRejected' || (event.type === 'entriesAppended' && event.entries.some(({ index }) => (
          index === (message.logIndex ?? 0) + (message.entryCount ?? 0))));
    case 'AppendEntriesResponse':
      return event.type === 'entriesAppended' && message.rejected !== true
        && event.entries.at(-1)?.index === message.matchIndex;
    default:
      return false;
  }
}

/** A leader was a candidate, a candidate's timer ran out: whatever the last message of its election was. */
function behindRole(event: EventOf<'roleChanged'>, past: Past): Behind {
  const { node, role, term, seq } = event;
  if (role === 'leader') {
    const candidacy = past.last('roleChanged', seq, (one) => (
      one.node === node && one.role === 'candidate' && one.term === term));
    return candidacy === undefined ? behindCause(event, past) : goingOn(candidacy, past);
  }
  if (role === 'candidate') {
    const asking = past.last('roleChanged', seq, (one) => (
      one.node === node && one.role === 'pre-candidate' && one.term === term - 1));
    if (asking !== undefined) return goingOn(asking, past);
  }
  const isElection = role === 'candidate' || role === 'pre-candidate';
  if (!isElection || event.cause?.by === 'message' || event.cause?.by === 'request') {
    return behindCause(event, past);
  }
  const isInferred = event.cause === undefined;
  return {
    links: silenceBefore(event, past).map((link) => ({ ...link, isInferred: isInferred || link.isInferred })),
    isBeginning: true,
  };
}
