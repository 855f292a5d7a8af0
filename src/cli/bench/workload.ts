/** What the clients write and read, the same for every cluster that is measured. */

export const VALUE_BYTES = 128;
export const VALUE = 'v'.repeat(VALUE_BYTES);
export const KEYS = 1000;

/** Keys one after another, repeated endlessly. */
export function keySequence(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `key-${count % KEYS}`;
  };
}
