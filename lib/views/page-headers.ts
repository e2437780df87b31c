import { createHash } from 'node:crypto';

const sourceOf = (style: string): string => `'sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}'`;

/** The headers of a page (CON-08, CON-09, TRN-03, TRN-06) whose `<style>` elements hold exactly the given texts. Nothing else may load, run or frame it. */
export function pageHeaders(styles: readonly string[]): Readonly<Record<string, string>> {
  const styleSources = [...new Set(styles.map(sourceOf))].join(' ') || "'none'";
  return Object.freeze({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${styleSources}`,
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    'cache-control': 'no-store',
  });
}
