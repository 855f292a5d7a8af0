/** Arbitrary logs of key-value entries whose sessions exist and whose keys repeat, so that the entries meet. */
import fc from 'fast-check';
import { textOfBytes } from '../../src/kv/index.ts';
import type { KvCommand, KvEntry } from '../../src/kv/index.ts';

/** Few, and of the kinds that bytes and UTF-16 order differently; the last is the beginning of the fourth. */
const key = fc.constantFrom('a', 'ab', 'é', '😀', '\uffff', '\udcf0\udc9f');
/** Mostly of a few, so that a cas finds what it expects and an incr finds a number. */
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('1', '-7', 'red', '') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map(textOfBytes) },
);
const expected: fc.Arbitrary<string | null> = fc.option(value, { freq: 5 });

export const anyCommand: fc.Arbitrary<KvCommand> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ op: fc.constant('get' as const), key }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('put' as const), key, value }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), key }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('cas' as const), key, expected, value }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('incr' as const), key, by: fc.integer({ min: -5, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({
    op: fc.constant('list' as const), prefix: fc.constantFrom('', 'a', '\udcf0'), limit: fc.integer({ min: 1, max: 5 }),
  }) },
);

const client = fc.constantFrom('c1', 'c2');
const registration = fc.record({
  kind: fc.constant('register' as const), client, request: fc.constantFrom('r1', 'r2', 'r3'),
});

const plain = fc.record({
  kind: fc.constant('plain' as const), client, request: fc.constantFrom('r1', 'r2', 'r3'), command: anyCommand,
});

/** An entry by itself: of a session that hardly exists. For whoever reads entries, and does not apply them. */
export const anyEntry: fc.Arbitrary<KvEntry> = fc.oneof(
  { weight: 1, arbitrary: registration },
  { weight: 1, arbitrary: plain },
  { weight: 6, arbitrary: fc.record({
    kind: fc.constant('request' as const), client,
    session: fc.integer({ min: 1, max: 12 }),
    sequence: fc.integer({ min: 1, max: 12 }),
    acknowledgedBelow: fc.constantFrom(1, 1, 1, 2, 5),
    command: anyCommand,
  }).map((entry) => ({ ...entry, acknowledgedBelow: Math.min(entry.acknowledgedBelow, entry.sequence) })) },
);

/** What a client does next, told without numbers: these follow from the log so far. */
type Step =
  | KvEntry & { readonly kind: 'register' | 'plain' }
  /** A new request of one of the sessions; so many of its latest requests are not answered yet. */
  | { readonly kind: 'ask'; readonly session: number; readonly unanswered: number; readonly command: KvCommand }
  /** One of a session's latest requests once more, just as it was. */
  | { readonly kind: 'repeat'; readonly session: number; readonly back: number }
  /** A request of a session that never was, or is gone. */
  | { readonly kind: 'stray'; readonly command: KvCommand };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: registration },
  { weight: 1, arbitrary: plain },
  { weight: 14, arbitrary: fc.record({
    kind: fc.constant('ask' as const), session: fc.nat({ max: 5 }), unanswered: fc.nat({ max: 4 }), command: anyCommand,
  }) },
  { weight: 3, arbitrary: fc.record({
    kind: fc.constant('repeat' as const), session: fc.nat({ max: 5 }), back: fc.nat({ max: 5 }),
  }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stray' as const), command: anyCommand }) },
);

/** A session as its client knows it. */
interface OpenSession {
  readonly client: string;
  readonly request: string;
  readonly session: number;
  readonly asked: (KvEntry & { readonly kind: 'request' })[];
}

/** No log of these gets so long. */
const NO_SESSION = 999;

/**
 * The entries of a log, the first at index 1: what real clients would write, retries and old sessions included. It
 * begins with a registration, because without one nothing is executed.
 */
export const anyLog: fc.Arbitrary<readonly KvEntry[]> =
  fc.array(step, { maxLength: 60, size: 'max' }).map((steps) => {
    const sessions: OpenSession[] = [];
    return [{ kind: 'register', client: 'c1', request: 'r1' } as const, ...steps]
      .map((next, position) => entryOf(next, position + 1, sessions));
  });

function entryOf(next: Step, index: number, sessions: OpenSession[]): KvEntry {
  switch (next.kind) {
    case 'plain':
      return next;
    case 'register':
      if (!sessions.some((open) => open.client === next.client && open.request === next.request)) {
        sessions.push({ client: next.client, request: next.request, session: index, asked: [] });
      }
      return next;
    case 'ask': {
      const open = sessions[next.session % sessions.length];
      if (open === undefined) return strayOf(next.command);
      const { client: name, session, asked } = open;
      const sequence = asked.length + 1;
      const acknowledgedBelow = Math.max(1, sequence - next.unanswered);
      const { command } = next;
      const entry = { kind: 'request', client: name, session, sequence, acknowledgedBelow, command } as const;
      asked.push(entry);
      return entry;
    }
    case 'repeat': {
      const asked = sessions[next.session % sessions.length]?.asked ?? [];
      return asked.at(-1 - next.back) ?? asked[0] ?? strayOf({ op: 'delete', key: 'a' });
    }
    case 'stray':
      return strayOf(next.command);
  }
}

function strayOf(command: KvCommand): KvEntry {
  return { kind: 'request', client: 'c3', session: NO_SESSION, sequence: 1, acknowledgedBelow: 1, command };
}
