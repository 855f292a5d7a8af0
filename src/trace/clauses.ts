/** What the words for an event are made of. */

/** A sentence, and its detail if it has one. */
export type Clauses = readonly [sentence: string, detail?: string];
