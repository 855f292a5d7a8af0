/** The Content-Security-Policy of the page: what it may load and run (Electron security checklist, item 7). */

/**
 * The policy of the built page. Nothing inline runs, and nothing comes from elsewhere.
 *
 * @param nonce allows the `<style>` elements that carry it: some interface components add one for their scroll areas
 */
export function contentPolicy(nonce?: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    nonce === undefined ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "frame-src 'none'",
  ].join('; ');
}

/**
 * The policy under the development server, which adds its styles inline and talks to the page over a WebSocket. It is
 * never used by a packaged app (index.ts).
 *
 * @param serverOrigin for example `http://localhost:5173`
 */
export function developmentContentPolicy(serverOrigin: string): string {
  const socketOrigin = serverOrigin.replace(/^http/, 'ws');
  return contentPolicy()
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("connect-src 'self'", `connect-src 'self' ${socketOrigin}`);
}
