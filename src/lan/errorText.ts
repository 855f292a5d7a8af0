/** An error as the log has it: with its stack, which a person is not shown. */

export function errorText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
