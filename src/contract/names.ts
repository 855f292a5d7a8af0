/** Names that people give to labs and machines: they are shown as they are, in other people's windows and terminals. */
import { z } from 'zod';

// As in commands.ts, which imports this file and so sets it too late for the schemas here.
z.config({ jitless: true });

/** Control and format characters (an escape sequence, an override of the direction …), and ends of lines. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Letters, digits, punctuation and symbols; not the fillers among them, which are drawn as nothing. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** @param what has the name, for the sentences */
export function nameSchema(what: 'lab' | 'machine', lengthMax: number): z.ZodString {
  return z.string().trim().min(1, `a ${what} needs a name`)
    .max(lengthMax, `a ${what}'s name has at most ${lengthMax} characters`)
    .refine((name) => !UNPRINTABLE.test(name),
      `a ${what}'s name has no control characters, line breaks or invisible characters: type it anew`)
    .refine((name) => VISIBLE.test(name), `a ${what}'s name has at least one visible character: type it anew`);
}

/** A name from where it was not checked, as far as it can be shown. @param otherwise when nothing of it is left */
export function readableName(name: string, lengthMax: number, otherwise: string): string {
  const strip = (text: string): string => text.replaceAll(new RegExp(UNPRINTABLE, 'gu'), '').trim();
  const stripped = strip(strip(name).slice(0, lengthMax)); // the cut may have left half a character
  return VISIBLE.test(stripped) ? stripped : otherwise;
}
