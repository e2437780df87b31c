import type { PageTexts } from '../config/texts/page-texts.js';
import type { RedirectTarget } from '../protocol/redirect-uri.js';
import { clientText, hostText } from './client-text.js';
import { imitatesBrand } from './known-brands.js';

/** A client as its name is to be judged. */
export interface NamedClient {
  readonly clientName: string;
  readonly verified: boolean;
  readonly redirectTarget: RedirectTarget;
}

/** A name that anybody can choose does not head the page where it is known as somebody else's: then the host does, and the name is `claimedName`. */
export function namesOf({ clientName, verified, redirectTarget }: NamedClient, texts: PageTexts) {
  const name = clientText(clientName, 80) || texts.consent.unnamedClient;
  const isBorrowed = !verified && redirectTarget.kind === 'web' && imitatesBrand(name, redirectTarget.host);
  return isBorrowed
    ? { clientName: hostText(redirectTarget.host), claimedName: name }
    : { clientName: name, claimedName: '' };
}
