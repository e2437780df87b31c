import { OPENID_SCOPE } from '../protocol/identity-scopes.js';
import type { ScopeDefinition } from './scope-options.js';
import type { ResolvedSigning } from './signing-options.js';

type Scopes = Readonly<Record<string, ScopeDefinition>>;

/** On the consent page it can be read and not unticked: a client that asks who somebody is has no use for half an answer. */
const OPENID: ScopeDefinition = {
  name: 'Know who you are',
  description: 'See the id of your account here, so that it can sign you in',
  required: true,
};

/** The scopes of the host, and `openid` where somebody can verify an id token (decision C8). */
export function withOpenId(scopes: Scopes, { algorithm }: ResolvedSigning): Scopes {
  return algorithm === 'HS256' ? scopes : { ...scopes, [OPENID_SCOPE]: OPENID };
}
