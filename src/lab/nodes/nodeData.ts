/** Whether a node has the data that belongs to its id, as far as its failures and checks of its disk have shown. */
import type { LabErrorCode } from '../../contract/errors.ts';
import type { DataState } from '../../membership/votersData.ts';

export class NodeData {
  /** What its failures showed about its file, until it starts or is wiped. A check of the disk proves less. */
  #atFailure: DataState = 'held';
  /** What the last check of its file has found. */
  #seen: DataState = 'held';

  get state(): DataState {
    return this.#atFailure === 'held' ? this.#seen : this.#atFailure;
  }

  /** It could not start on its file: whatever a check finds, it does not have its data. */
  get hasFailedOnFile(): boolean {
    return this.#atFailure === 'lost';
  }

  /** It has started on its file, or has an empty one of its own. */
  isHeld(): void {
    this.#atFailure = 'held';
    this.#seen = 'held';
  }

  /** It has ended with an error. */
  failed(code: LabErrorCode): void {
    if (this.#atFailure !== 'lost') {
      this.#atFailure = dataAfter(code);
    }
  }

  /** Takes what a check of its file has found; a check without a result changes nothing. */
  saw(found: DataState): void {
    if (found !== 'unknown') {
      this.#seen = found;
    }
  }
}

/** The state of a node's data after this error: lost where the node cannot start on its file. */
function dataAfter(code: LabErrorCode): DataState {
  switch (code) {
    case 'corrupt-file':
    case 'refused':
    case 'lab-newer':
      return 'lost';
    case 'internal':
      return 'unknown';
    default:
      return 'held'; // a disk that is full, locked or read-only keeps what was written
  }
}
