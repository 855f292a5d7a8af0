/** The meaning of the marks on the stage, for its legend and for Help. */

export interface StageMark {
  readonly text: string;
  /** The explanation in a sentence. */
  readonly meaning: string;
  /** Paths in a box of 12 by 12 units, or `width` by 12. */
  readonly solid?: string;
  readonly outline?: string;
  readonly kind?: 'lost' | 'dashed';
  readonly width?: number;
}

const SQUARE = 'M1 3a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2h-6a2 2 0 0 1-2-2z';
const FRAME = 'M1.8 3.8a2 2 0 0 1 2-2h4.4a2 2 0 0 1 2 2v4.4a2 2 0 0 1-2 2h-4.4a2 2 0 0 1-2-2z';

/** Messages, in the order in which they usually appear; then the entries of a log. */
export const STAGE_MARKS: readonly StageMark[] = [
  { text: 'AppendEntries', meaning: 'the leader sends entries of its log', solid: SQUARE },
  {
    text: 'heartbeat', meaning: 'the leader says that it is there: followers restart their timers',
    solid: 'M3 6a3 3 0 0 1 6 0a3 3 0 0 1-6 0z',
  },
  {
    text: 'vote', meaning: 'a node asks for a vote, or before that whether it would get one (pre-vote)',
    solid: 'M6 .5 11.5 6 6 11.5.5 6z',
  },
  {
    text: 'snapshot', meaning: 'the leader sends a part of its snapshot, in place of entries that it no longer has',
    solid: 'M3.5 0h5q1.5 0 1.5 1.5v9q0 1.5-1.5 1.5h-5q-1.5 0-1.5-1.5v-9q0-1.5 1.5-1.5z',
  },
  {
    text: 'forwarded', meaning: 'a follower hands a command or a read to its leader, or leadership is handed over',
    solid: 'M2 1.5 11 6 2 10.5z',
  },
  { text: 'reply', meaning: 'answers are hollow; one that refuses has a bar in it', outline: FRAME },
  {
    text: 'lost', meaning: 'the datagram ends here: the link is cut or lossy, or nobody is at its end',
    outline: 'M2 2 10 10M10 2 2 10', kind: 'lost',
  },
  {
    text: 'committed, not yet', meaning: 'entries in a node’s log; colour and number are their term',
    solid: SQUARE, outline: 'M14.8 1.8h8.4v8.4h-8.4z', kind: 'dashed', width: 26,
  },
];

export interface NodeShape {
  readonly text: string;
  readonly meaning: string;
  /** A path in a box from -10 to 10. */
  readonly path: string;
  readonly kind?: 'solid' | 'dashed' | 'timer';
}

const CIRCLE = 'M-8 0a8 8 0 0 1 16 0a8 8 0 0 1-16 0z';

/** A node's shapes. On the stage they have the colour of its term. */
export const NODE_SHAPES: readonly NodeShape[] = [
  {
    text: 'leader', meaning: 'puts every command into its log and sends it on',
    path: 'M0-9.5 8.2-4.7v9.4L0 9.5-8.2 4.7v-9.4z', kind: 'solid',
  },
  { text: 'follower', meaning: 'takes what its leader sends', path: CIRCLE },
  {
    text: 'candidate', meaning: 'asks for votes; the small circles are the answers',
    path: `${CIRCLE}M-5 0a5 5 0 0 1 10 0a5 5 0 0 1-10 0z`,
  },
  {
    text: 'pre-vote', meaning: 'asks whether it would get them, before it begins a new term',
    path: CIRCLE, kind: 'dashed',
  },
  {
    text: 'learner', meaning: 'receives the log and has no vote',
    path: 'M-8-5a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3h-10a3 3 0 0 1-3-3z',
  },
  {
    text: 'ring', meaning: 'the election timer: if no leader is heard before it runs out, the node asks for votes',
    path: 'M0-8a8 8 0 1 1-8 8', kind: 'timer',
  },
];
