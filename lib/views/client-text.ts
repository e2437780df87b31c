import { visibleText } from '../protocol/visible-text.js';

/** Text chosen by a client, made fit to be shown to the person who decides about that client: see `visibleText`, at most `maxLength` code points. */
export function clientText(value: string, maxLength: number): string {
  return shortened(visibleText(value), maxLength);
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
