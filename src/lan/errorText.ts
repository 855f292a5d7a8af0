/** An error as the log records it: with its stack, which a person does not see. */

export function errorText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
