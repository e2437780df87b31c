/** Long random text (tokens, codes, handles) is cut, so that a terminal that others see gives nothing away. */
export function shorten(text: string): string {
  return text
    .replaceAll(/(?<=\bpassword=)[^&\s]+/g, '…')
    .replaceAll(/(?:[\w~.-]|%7E){20,}/g, (run) => (isRandom(run) ? `${run.slice(0, 6)}…` : run));
}

/** Cuts what is merely long. */
export function clip(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/**
 * Names such as `oauth-protected-resource` and `Access-Control-Allow-Origin` are long as well. Random text mixes cases within its words, or has
 * digits and capitals: of a thousand tokens one has no digit.
 */
function isRandom(run: string): boolean {
  return /[a-z\d][A-Z]/.test(run) || (/\d/.test(run) && /[A-Z]/.test(run));
}
