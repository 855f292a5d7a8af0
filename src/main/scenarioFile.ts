/** A scenario that the person chooses: the only file that main reads for the window, and only through this question. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ScenarioFile } from '../contract/answers.ts';
import { LabError } from '../contract/errors.ts';
import type { FileQuestion } from './fileQuestions.ts';

const SCENARIO_KIB_MAX = 256;
const SCENARIO_BYTES_MAX = SCENARIO_KIB_MAX * 1024;

const QUESTION: FileQuestion = {
  title: 'Run a Scenario',
  buttonLabel: 'Run',
  filters: [{ name: 'Scenarios', extensions: ['lab'] }, { name: 'All Files', extensions: ['*'] }],
  properties: ['openFile'],
};

export class ScenarioChooser {
  readonly #ask: (question: FileQuestion) => Promise<string | null>;
  #isAsking = false;

  /** @param ask shows the dialog; null when the person chose nothing */
  constructor(ask: (question: FileQuestion) => Promise<string | null>) {
    this.#ask = ask;
  }

  /**
   * Asks for a file and reads it. While the question stands, it is not asked again.
   * @returns null when nothing was chosen
   * @throws {LabError} `disk-error`, `too-large`
   */
  async choose(): Promise<ScenarioFile | null> {
    if (this.#isAsking) return null;
    this.#isAsking = true;
    try {
      const path = await this.#ask(QUESTION);
      return path === null ? null : { name: basename(path), text: await textOf(path) };
    } finally {
      this.#isAsking = false;
    }
  }
}

async function textOf(path: string): Promise<string> {
  const bytes = await firstBytes(path).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new LabError('disk-error', `${basename(path)} cannot be read${reason}: choose another file.`);
  });
  if (bytes.length <= SCENARIO_BYTES_MAX) return bytes.toString('utf8');
  throw new LabError('too-large', `${basename(path)} is too large for a scenario: at most ${SCENARIO_KIB_MAX} KiB.`);
}

/** One byte more than a scenario may have, at most: a device or a huge file is not read to its end. */
async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    if (!(await file.stat()).isFile()) throw new Error('not a file');
    const buffer = Buffer.alloc(SCENARIO_BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
  } finally {
    await file.close();
  }
}
