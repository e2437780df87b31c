/** Causes looked at below an error. */
const MAX_CAUSES = 3;

/** The stack of an error and of what caused it, for the log: the first one alone often says only that something else failed. */
export function errorStack(error: unknown, causes = MAX_CAUSES): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = causes > 0 ? errorStack(error.cause, causes - 1) : undefined;
  return cause === undefined ? error.stack : `${error.stack}\nCaused by: ${cause}`;
}
