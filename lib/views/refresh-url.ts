/** Schemes that run or show something inside the browser instead of leaving for the client. */
const FORBIDDEN_SCHEMES = new Set([
  'javascript',
  'data',
  'vbscript',
  'blob',
  'file',
  'filesystem',
  'about',
  'view-source',
  'livescript',
  'mocha',
]);

/**
 * Refuses a URL that a refresh page must not follow. The URL has to be absolute: it then starts with a letter, so the
 * refresh algorithm never takes its first character for an opening quotation mark. It has to be free of blanks and
 * control characters: browsers strip some of those, and `java<tab>script:` would become a script.
 */
export function assertRefreshUrl(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw new TypeError('A redirect page needs an absolute URL');
  if (FORBIDDEN_SCHEMES.has(scheme)) throw new TypeError(`A redirect page does not follow ${scheme}: URLs`);
  if (/[\s\p{Cc}\p{Cs}]/u.test(url)) throw new TypeError('A redirect URL holds no blanks or control characters');
}
