/** Writes a picture of the window to a place that the person chooses. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { LabError } from '../contract/errors.ts';
import type { PictureInput } from '../contract/pictures.ts';

/** What Electron's dialog is asked. */
export interface SaveQuestion {
  readonly title: string;
  readonly defaultPath: string;
  readonly filters: { readonly name: string; readonly extensions: string[] }[];
}

export class PictureSaver {
  readonly #ask: (question: SaveQuestion) => Promise<string | null>;
  #isAsking = false;

  /** @param ask shows the dialog; null when the person chose no place */
  constructor(ask: (question: SaveQuestion) => Promise<string | null>) {
    this.#ask = ask;
  }

  /**
   * Asks for a place and writes the picture. While the question stands, it is not asked again.
   * @throws {LabError} `disk-error`
   */
  async save({ format, name, content }: PictureInput): Promise<{ readonly path: string } | null> {
    if (this.#isAsking) return null;
    this.#isAsking = true;
    try {
      const path = await this.#ask({
        title: 'Export the Picture', defaultPath: `${name}.${format}`,
        filters: [{ name: format.toUpperCase(), extensions: [format] }],
      });
      if (path === null) return null;
      await writeFile(path, content, format === 'svg' ? 'utf8' : 'base64').catch((error: unknown) => {
        const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
        throw new LabError('disk-error', `${basename(path)} cannot be written${reason}: choose another place.`);
      });
      return { path };
    } finally {
      this.#isAsking = false;
    }
  }
}
