/** The rows of a table of client sessions: each client has its own, until many differ in a number alone. */
import type { SessionRow } from '../../contract/answers.ts';

/** So many connections of one program have rows of their own. */
export const ALIKE_MAX = 8;

export type ShownRow =
  | { readonly type: 'client'; readonly row: SessionRow }
  /** Clients whose names have the same beginning, folded into one row where `isUnfolded` is false. */
  | {
      readonly type: 'group'; readonly name: string; readonly count: number; readonly isUnfolded: boolean;
      readonly lastUsedIndex: number; readonly keptResults: number;
    };

/** In the order given; a group stands where its first client does, and its clients follow it where it is unfolded. */
export function sessionRows(sessions: readonly SessionRow[], unfolded: ReadonlySet<string>): readonly ShownRow[] {
  const alike = new Map<string, SessionRow[]>();
  for (const row of sessions) {
    const group = alike.get(stemOf(row.client));
    if (group === undefined) alike.set(stemOf(row.client), [row]);
    else group.push(row);
  }
  return sessions.flatMap((row): ShownRow[] => {
    const name = stemOf(row.client);
    const group = alike.get(name) ?? [];
    if (group.length <= ALIKE_MAX) return [{ type: 'client', row }];
    if (group[0] !== row) return [];
    const isUnfolded = unfolded.has(name);
    return [
      {
        type: 'group', name, count: group.length, isUnfolded,
        lastUsedIndex: Math.max(...group.map(({ lastUsedIndex }) => lastUsedIndex)),
        keptResults: group.reduce((sum, { keptResults }) => sum + keptResults, 0),
      },
      ...(isUnfolded ? group.map((one): ShownRow => ({ type: 'client', row: one })) : []),
    ];
  });
}

/** A client's name without the number at its end: `resp-n1-7` and `resp-n1-8` are alike, `n1` and `n2` are not. */
export function stemOf(client: string): string {
  return client.replace(/-\d+$/, '-');
}
