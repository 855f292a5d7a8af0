/** The errors that cross processes: a code for programs, a sentence for people that says what to do. */

export type LabErrorCode =
  | 'invalid-argument'
  | 'forbidden-sender'
  | 'unknown-command'
  | 'no-open-lab'
  | 'unknown-lab'
  | 'lab-in-use'
  | 'lab-newer'
  | 'unknown-node'
  | 'node-starting'
  | 'node-crashed'
  | 'node-paused'
  | 'node-stopped'
  | 'node-failed'
  | 'node-running'
  | 'no-leader'
  /** The message that a person wanted to deliver, lose or double is not held any more. */
  | 'not-held'
  /** A leadership transfer that did not complete within an election timeout. */
  | 'transfer-failed'
  | 'busy'
  | 'too-large'
  /** A command that may or may not take effect, now or later. It must never be shown as a failure. */
  | 'unknown-outcome'
  | 'refused'
  | 'disk-full'
  | 'disk-error'
  | 'corrupt-file'
  | 'internal';

export interface LabErrorData {
  readonly code: LabErrorCode;
  /** One sentence for a person: what happened and what to do. No paths outside the lab's folder, no stack. */
  readonly message: string;
}

/**
 * The only error type that lab code throws for a person to read. Anything else that is thrown is a bug (`internal`).
 */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.name = 'LabError';
    this.code = code;
  }

  toData(): LabErrorData {
    return { code: this.code, message: this.message };
  }
}

/** The answer to any command over IPC: errors travel as data, because Electron passes on only an Error's message. */
export type Reply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: LabErrorData };
