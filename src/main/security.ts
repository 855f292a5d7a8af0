/** What no page may do in Raftlab: set on every session and every contents before anything loads. */
import { app, shell } from 'electron';
import type { Session, WebContents } from 'electron';
import { developmentContentPolicy } from './contentPolicy.ts';
import { isExternalLink } from './externalLinks.ts';
import type { Log } from './log.ts';
import { isPageAddress } from './sender.ts';

/**
 * Under the development server the page gets its policy here, because the server sets none.
 * The built page gets the strict one from protocol.ts.
 */
export function setDevelopmentPolicy(session: Session, serverOrigin: string): void {
  const policy = developmentContentPolicy(serverOrigin);
  session.webRequest.onHeadersReceived({ urls: [`${serverOrigin}/*`] }, (details, decide) => {
    decide({ responseHeaders: { ...details.responseHeaders, 'content-security-policy': [policy] } });
  });
}

/** Denies every permission (checklist, item 5), every device, every download and every request to anywhere else. */
export function hardenSession(session: Session, pageOrigin: string, log: Log): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => {
    log.warn(`the page was denied the permission ${permission}`);
    decide(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => {
    decide({});
  });
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  // A second barrier behind the content policy: the page may only make requests to its own origin.
  const socketOrigin = pageOrigin.replace(/^http/, 'ws');
  session.webRequest.onBeforeRequest((details, decide) => {
    const allowed = isPageAddress(details.url, pageOrigin)
      || isPageAddress(details.url, socketOrigin)
      || /^(?:devtools|data|blob):/.test(details.url);
    decide({ cancel: !allowed });
  });
}

/** Opens one of the fixed web pages (externalLinks.ts) in the system's browser; anything else is refused. */
export function openExternalLink(address: string, log: Log): void {
  if (!isExternalLink(address)) {
    log.warn('a link outside the list was not opened');
    return;
  }
  shell.openExternal(address).catch((error: unknown) => {
    log.warn('the system could not open a link', error);
  });
}

function hardenContents(contents: WebContents, log: Log, mayReload: boolean): void {
  const refuse = (what: string) => (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    log.warn(`the page was kept from ${what}`);
  };
  // Items 13 and 14. The page never navigates; `loadURL` and `reload` from main do not cause this event.
  const refuseToNavigate = refuse('navigating');
  contents.on('will-navigate', (event) => {
    if (!(mayReload && event.url === contents.getURL())) refuseToNavigate(event);
  });
  contents.on('will-redirect', refuse('following a redirect'));
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) refuse('navigating a frame')(event);
  });
  // Items 11 and 12.
  contents.on('will-attach-webview', refuse('attaching a webview'));
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalLink(url)) openExternalLink(url, log);
    else log.warn('the page was kept from opening a window');
    return { action: 'deny' };
  });
}

/**
 * Puts the rules on every session and contents that is ever made. Call it before Electron is ready.
 *
 * @param mayReload lets a page reload itself, which the development server requests after some changes
 */
export function hardenEveryContents(log: Log, mayReload: boolean): void {
  // Windows have no spelling checker (webPreferences.ts), and yet every session would fetch a dictionary from a public
  // server (https://github.com/electron/electron/issues/22995).
  app.on('session-created', (session) => { session.setSpellCheckerLanguages([]); });
  app.on('web-contents-created', (_event, contents) => {
    hardenContents(contents, log, mayReload);
  });
}
