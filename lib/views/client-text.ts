/** Letters, digits, punctuation and symbols: something a person can see. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/**
 * Characters that show nothing or reorder what is around them: controls (tab and newline become a blank first), lone
 * surrogates, private use and unassigned code points, and everything Unicode calls default-ignorable, which includes the
 * bidi marks, embeddings, overrides and isolates. The joiners and variation selectors inside emoji and Indic or
 * Persian words are kept.
 */
const HIDDEN = /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** More than three marks on one letter are a drawing that runs over the neighbouring lines, where the warnings stand. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * Text chosen by a client, made fit to be shown to the person who decides about that client: one line, no hidden or
 * reordering characters, at most `maxLength` code points (CON-11). HTML is escaped later, by the template.
 * Returns an empty string when nothing visible is left.
 */
export function clientText(value: string, maxLength: number): string {
  const line = value
    .replace(/\s+/gu, ' ')
    .replace(HIDDEN, '')
    .replace(STACKED_MARKS, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (!VISIBLE.test(line)) return '';
  return shortened(line, maxLength);
}

function shortened(line: string, maxLength: number): string {
  const characters = Array.from(line);
  return characters.length <= maxLength
    ? line
    : `${characters
        .slice(0, maxLength - 1)
        .join('')
        .trimEnd()}…`;
}

/**
 * A host as the address bar would show it: Unicode look-alikes appear in their ASCII form (`xn--…`).
 * Too long a host loses its beginning, never its end, because the end says whose it is.
 */
export function hostText(host: string, maxLength = 260): string {
  const plain = /^[^\s/\\?#@]+$/u.test(host) && URL.canParse(`https://${host}/`);
  const ascii = plain ? new URL(`https://${host}/`).host : '';
  const text = ascii === '' ? clientText(host, 2048) : ascii;
  return text.length <= maxLength ? text : `…${text.slice(1 - maxLength)}`;
}

/** The URL if it is a plain https one that may be offered as a link, else nothing. */
export function httpsLink(value: string | undefined): { readonly href: string; readonly host: string } | undefined {
  if (value === undefined || value.length > 2048 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return { href: url.href, host: hostText(url.host) };
}

/** The letter that stands for a name in its little square: the first letter or digit, or a neutral dot. */
export function monogram(name: string): string {
  return /[\p{L}\p{N}]/u.exec(name)?.[0].toLocaleUpperCase('en') ?? '•';
}
