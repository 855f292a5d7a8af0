/** Who may send commands: our own window's top frame, while it shows our own page (security checklist, item 17). */

/** The part of Electron's WebFrameMain that the check reads. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: object | null;
}

/** Whether an address belongs to the page's origin, for example `app://raftlab` or the development server's. */
export function isPageAddress(address: string, pageOrigin: string): boolean {
  return address === pageOrigin || address.startsWith(`${pageOrigin}/`);
}

/**
 * Whether a command may be carried out for this sender.
 *
 * @param sender null when the frame is gone or has navigated since it sent
 * @param mainFrame the top frame of our window; null when there is no window
 */
export function isTrustedSender(
  sender: SenderFrame | null,
  mainFrame: SenderFrame | null,
  pageOrigin: string,
): boolean {
  return sender !== null
    && sender === mainFrame
    && sender.parent === null
    && isPageAddress(sender.url, pageOrigin);
}
