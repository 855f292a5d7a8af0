/** Whether a node has the data that its id stands for, as far as its failures and looks at its disk have told. */
import type { LabErrorCode } from '../../contract/errors.ts';
import type { DataState } from '../membership/votersData.ts';

export class NodeData {
  /** What its failures said of its file, until a start succeeds or it is wiped: no look at the disk proves as much. */
  #atFailure: DataState = 'held';
  /** What the last look at its file has found. */
  #seen: DataState = 'held';

  get state(): DataState {
    return this.#atFailure === 'held' ? this.#seen : this.#atFailure;
  }

  /** It could not start on its file: whatever a look finds, it does not have its data. */
  get hasFailedOnFile(): boolean {
    return this.#atFailure === 'lost';
  }

  /** It has started on its file, or has an empty one that is its own. */
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

  /** What a look at its file has found; one that found nothing out changes nothing. */
  saw(found: DataState): void {
    if (found !== 'unknown') {
      this.#seen = found;
    }
  }
}

/** What a node that ended with this error has of its data: nothing where it cannot start on its file. */
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
