import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

export type LanguageTag = 'en' | 'de';

/** The language that the browser likes best among those this application has. */
export function pageLanguage(headers: IncomingHttpHeaders): LanguageTag {
  const [best] = new Negotiator({ headers }).languages(['en', 'de']);
  return best === 'de' ? 'de' : 'en';
}
