/** Names of labs and machines, given by people and shown unchanged in other people's windows and terminals. */
import { z } from 'zod';

// As in commands.ts, which imports this file and therefore sets it too late for the schemas here.
z.config({ jitless: true });

/** Control and format characters (escape sequences, direction overrides …), and line ends. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Letters, digits, punctuation and symbols; not the invisible fillers among them. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** @param what the kind of thing that has the name, for the error messages */
export function nameSchema(what: 'lab' | 'machine' | 'branch', lengthMax: number): z.ZodString {
  return z.string().trim().min(1, `a ${what} needs a name`)
    .max(lengthMax, `a ${what}'s name has at most ${lengthMax} characters`)
    .refine((name) => !UNPRINTABLE.test(name),
      `a ${what}'s name has no control characters, line breaks or invisible characters: type it anew`)
    .refine((name) => VISIBLE.test(name), `a ${what}'s name has at least one visible character: type it anew`);
}

/** The displayable part of an unchecked name. @param otherwise used if nothing is left of it */
export function readableName(name: string, lengthMax: number, otherwise: string): string {
  const strip = (text: string): string => text.replaceAll(new RegExp(UNPRINTABLE, 'gu'), '').trim();
  const stripped = strip(strip(name).slice(0, lengthMax)); // the cut may have left half a character
  return VISIBLE.test(stripped) ? stripped : otherwise;
}
