/** Virtual time in words. */

/** `14.200 s` */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
