/** What a console and the lab that it types into agree on. */

/** The most consoles that are open at once: a person and a few scripts. */
export const CONSOLES_MAX = 16;

/**
 * The lab's last line, when it has answered every line up to `quit` or the end of the input. A connection that ends
 * without it ended too early, and a script must not take that for success.
 */
export const END_OF_ANSWERS = JSON.stringify({ type: 'end' });
