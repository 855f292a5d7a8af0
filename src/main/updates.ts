/** Whether a newer Raftlab has been released: checked only when a person asks. Nothing is downloaded. */
import { z } from 'zod';

/** The result of the check. */
export type UpdateAnswer =
  | { readonly type: 'newer'; readonly version: string }
  | { readonly type: 'up-to-date' }
  /** This build was not made by a release workflow: it does not know where releases are. */
  | { readonly type: 'no-releases' }
  /** The network or the release host did not answer as it should; `reason` is for the log. */
  | { readonly type: 'unreachable'; readonly reason: string };

export interface UpdateQuestion {
  /** The version that runs, `MAJOR.MINOR.PATCH`. */
  readonly version: string;
  /** `OWNER/NAME` on GitHub; null: not known. */
  readonly repository: string | null;
  /** Like the standard `fetch`, but with the system's network and proxies. */
  readonly fetch: (address: string, options: RequestInit) => Promise<Response>;
}

const ANSWER_AT_LATEST_MS = 10_000;
/** GitHub's answer has a few kilobytes for each file of the release. */
const ANSWER_CHARACTERS_MAX = 256 * 1024;
/** A version as in tags. Previews have a hyphen and are never `latest`. */
const VERSION = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

const releaseSchema = z.object({ tag_name: z.string().regex(VERSION) });

function numbersOf(version: string): number[] {
  return VERSION.exec(version)?.slice(1).map(Number) ?? [];
}

/** Whether `candidate` is a later version than `current`; false if either is not a plain version. */
export function isNewer(candidate: string, current: string): boolean {
  const [wanted, present] = [numbersOf(candidate), numbersOf(current)];
  if (wanted.length === 0 || present.length === 0) return false;
  const position = wanted.findIndex((number, index) => number !== present[index]);
  return position >= 0 && (wanted[position] ?? 0) > (present[position] ?? 0);
}

/** The page on which a person finds the latest release. */
export function releasePage(repository: string): string {
  return `https://github.com/${repository}/releases/latest`;
}

/** Asks the release host for the latest version. Never throws; takes at most 10 s. */
export async function checkForUpdate({ version, repository, fetch }: UpdateQuestion): Promise<UpdateAnswer> {
  if (repository === null) return { type: 'no-releases' };
  try {
    const response = await fetch(`https://api.github.com/repos/${repository}/releases/latest`, {
      headers: { accept: 'application/vnd.github+json' },
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_AT_LATEST_MS),
    });
    if (!response.ok) return { type: 'unreachable', reason: `the release host answered ${response.status}` };
    const text = await response.text();
    if (text.length > ANSWER_CHARACTERS_MAX) return { type: 'unreachable', reason: 'the answer is too long' };
    const latest = releaseSchema.parse(JSON.parse(text)).tag_name;
    return isNewer(latest, version) ? { type: 'newer', version: latest.replace(/^v/, '') } : { type: 'up-to-date' };
  } catch (error) {
    return { type: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A sentence and its explanation, for a dialog. */
export interface UpdateWords {
  readonly message: string;
  readonly detail: string;
}

/** The words for an answer. */
export function updateWords(answer: UpdateAnswer, version: string): UpdateWords {
  switch (answer.type) {
    case 'newer':
      return {
        message: `Raftlab ${answer.version} is available.`,
        detail: `You have ${version}. Raftlab never downloads by itself: get the new version from its page, or ask `
          + 'whoever looks after this computer. Your labs stay where they are.',
      };
    case 'up-to-date':
      return { message: 'Raftlab is up to date.', detail: `Version ${version} is the latest.` };
    case 'no-releases':
      return {
        message: 'This Raftlab does not know where releases are published.',
        detail: `It is version ${version}, and was not made by the release workflow.`,
      };
    case 'unreachable':
      return {
        message: 'Raftlab could not find out.',
        detail: `The release page did not answer: is this computer offline, or behind a proxy? You have ${version}. `
          + 'The log has the details.',
      };
  }
}
