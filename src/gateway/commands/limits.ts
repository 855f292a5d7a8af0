/** Limits of a door that its commands tell of. */

/** More clients than this get an error and are closed. */
export const CLIENTS_MAX = 512;
