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

/** Names such as `oauth-protected-resource` are long as well; random text mixes cases and digits. */
function isRandom(run: string): boolean {
  return /\d/.test(run) && /[A-Z]/.test(run);
}
