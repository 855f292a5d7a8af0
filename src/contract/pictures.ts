/** Saving a picture that the window has drawn. */
import { z } from 'zod';

// As in commands.ts, which imports this file and therefore sets it too late for the schemas here.
z.config({ jitless: true });

/** The longest picture: the text of an SVG, or a PNG in base64. */
export const PICTURE_LENGTH_MAX = 16 * 1024 * 1024;
export const PICTURE_FORMATS = ['svg', 'png'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

export const pictureCommandSchemas = {
  /** Asks the person for a place and writes the picture there. `content`: the SVG's text, or the PNG in base64. */
  'picture:save': z.strictObject({
    format: z.enum(PICTURE_FORMATS),
    /** The name that is proposed, without its ending. */
    name: z.string().regex(/^[\w -]{1,60}$/),
    content: z.string().min(1).max(PICTURE_LENGTH_MAX),
  }).refine(({ format, content }) => format === 'svg' || /^[\w+/]+=*$/.test(content), 'a PNG comes in base64'),
} as const;

export type PictureInput = z.output<(typeof pictureCommandSchemas)['picture:save']>;

export interface PictureAnswers {
  /** Where it was written; null: the person chose no place. */
  'picture:save': { readonly path: string } | null;
}
