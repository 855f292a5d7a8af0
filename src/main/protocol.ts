/** Serves the built page at app://raftlab/ with its content policy, and nothing else. */
import { protocol } from 'electron';
import type { Session } from 'electron';
import { readFile } from 'node:fs/promises';
import { contentPolicy } from './contentPolicy.ts';
import type { Log } from './log.ts';
import { PAGE_SCHEME, resolvePageFile } from './pageFile.ts';

/** Makes app:// an origin of its own, like https. Electron needs this before it is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

const refused = (status: 404 | 405): Response =>
  new Response(null, { status, headers: { 'content-security-policy': contentPolicy() } });

/** Answers requests for the page's files from `root`, the folder that the bundler wrote. */
export function servePage(session: Session, root: string, log: Log): void {
  session.protocol.handle(PAGE_SCHEME, async (request) => {
    if (request.method !== 'GET') return refused(405);
    const file = resolvePageFile(request.url, root);
    if (file === null) return refused(404);
    try {
      return new Response(await readFile(file.path), {
        headers: {
          'content-type': file.mimeType,
          'content-security-policy': contentPolicy(),
          'x-content-type-options': 'nosniff',
        },
      });
    } catch (error) {
      log.warn('a file of the page could not be read', error);
      return refused(404);
    }
  });
}
