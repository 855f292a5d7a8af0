/** The only web pages that Raftlab ever hands to the system's browser (Electron security checklist, item 15). */

export const EXTERNAL_LINKS = {
  raftPaper: 'https://raft.github.io/raft.pdf',
  raftDissertation: 'https://github.com/ongardie/dissertation',
  raftSite: 'https://raft.github.io/',
  sqliteWal: 'https://www.sqlite.org/wal.html',
} as const;

const allowed: ReadonlySet<string> = new Set(Object.values(EXTERNAL_LINKS));

/** Whether an address is one of ours, character for character. */
export function isExternalLink(address: string): boolean {
  return allowed.has(address);
}
