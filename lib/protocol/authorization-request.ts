import { readState, type AuthorizationClient } from './authorization-client.js';
import { AuthorizationError } from './authorization-error.js';
import type { FormParameters } from './form-parameters.js';
import { OAuthError } from './oauth-error.js';
import {
  InvalidRequestError,
  InvalidScopeError,
  RegistrationNotSupportedError,
  RequestNotSupportedError,
  RequestUriNotSupportedError,
  UnauthorizedClientError,
  UnsupportedResponseTypeError,
} from './oauth-errors.js';
import { assertCodeChallenge } from './pkce.js';
import { presentMembers } from './present-members.js';
import { selectResource } from './resource-indicator.js';
import { parseScope } from './scope-set.js';

export { readClientId, readRedirectUri, readState, type AuthorizationClient } from './authorization-client.js';

/** Values of `prompt` that this server acts upon (OpenID Connect Core §3.1.2.1). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account';

/** An authorization request that is in order. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state?: string;
  readonly codeChallenge: string;
  readonly scopes: readonly string[];
  /** The client named no known scope; the default ones stand in. */
  readonly scopesByDefault?: true;
  readonly resource: string;
  readonly prompts: readonly Prompt[];
  /** Seconds since the last login that the client still accepts. */
  readonly maxAge?: number;
  readonly nonce?: string;
  readonly loginHint?: string;
  readonly uiLocales?: string;
}

/** What this server can grant. */
export interface AuthorizationRules {
  readonly knownScopes: readonly string[];
  /** Used when no known scope is asked for. */
  readonly defaultScopes: readonly string[];
  readonly resources: readonly string[];
  /** Used when no resource is named; without it, one must be. */
  readonly defaultResource?: string;
  /** Whether OpenID Connect is on. */
  readonly openId: boolean;
}

interface Context {
  readonly p: FormParameters;
  readonly client: AuthorizationClient;
  readonly rules: AuthorizationRules;
}

const PROMPTS: readonly Prompt[] = ['none', 'login', 'consent', 'select_account'];

function refused(reason: string, description: string): InvalidRequestError {
  return new InvalidRequestError(description, { reason });
}

/** The way errors are returned is itself in doubt here, so this one is a page (OpenID Connect Core §3.1.2.6). */
function refuseOtherResponseModes({ p }: Context): void {
  const mode = p.get('response_mode');
  if (mode === undefined || mode === 'query') return;
  throw new AuthorizationError(refused('response_mode_unsupported', 'response_mode is not supported'));
}

/** Before the form check, since a request object may well be longer than a parameter is allowed to be. */
function refuseRequestObjects({ p }: Context): void {
  if (p.has('request')) throw new RequestNotSupportedError('The request parameter is not supported');
  if (p.has('request_uri')) throw new RequestUriNotSupportedError('The request_uri parameter is not supported');
  if (p.has('registration')) throw new RegistrationNotSupportedError('The registration parameter is not supported');
}

/** RFC 6749 §3.1: no parameter twice, known or not; RFC 8707 §2 excepts `resource`. */
function refuseFaultyParameters({ p }: Context): void {
  p.assertWellFormed(['resource']);
}

function refuseUnusableState({ p }: Context): void {
  if (p.has('state') && readState(p) === undefined) {
    throw refused('state_malformed', 'state contains a character that is not allowed');
  }
}

function requireCodeFlow({ p, client }: Context): void {
  const responseType = p.get('response_type');
  if (responseType === undefined) throw refused('response_type_missing', 'response_type is missing');
  if (responseType !== 'code') throw new UnsupportedResponseTypeError('Only the response type code is supported');
  if (!client.grantTypes.includes('authorization_code')) {
    throw new UnauthorizedClientError('This client may not use the authorization code grant');
  }
}

/** OpenID Connect Core §3.1.2.1 requires the redirect URI in the request; its absence is a page, like any other fault of it. */
function requireRedirectUriForOpenId({ p, rules }: Context): void {
  if (!rules.openId || p.has('redirect_uri')) return;
  if (!(p.get('scope') ?? '').split(' ').includes('openid')) return;
  throw new AuthorizationError(refused('redirect_uri_missing', 'redirect_uri is missing'));
}

/** In this order; the first fault is the one that is answered. */
const CHECKS: readonly ((context: Context) => void)[] = [
  refuseOtherResponseModes,
  refuseRequestObjects,
  refuseFaultyParameters,
  refuseUnusableState,
  requireRedirectUriForOpenId,
  requireCodeFlow,
];

function readCodeChallenge({ p }: Context): string {
  const challenge = p.get('code_challenge');
  assertCodeChallenge(challenge, p.get('code_challenge_method'));
  return challenge;
}

function readPrompts({ p }: Context): readonly Prompt[] {
  const requested = new Set((p.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== ''));
  if (requested.has('none') && requested.size > 1) {
    throw refused('prompt_none_combined', 'prompt none cannot be combined with another value');
  }
  return PROMPTS.filter((prompt) => requested.has(prompt));
}

function readMaxAge({ p }: Context): number | undefined {
  const value = p.get('max_age');
  if (value === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(value)) throw refused('max_age_malformed', 'max_age must be a whole number of seconds');
  return Number(value);
}

/** Unknown scopes are dropped, and the default stands in for nothing (RFC 6749 §3.3). */
function readScopes({ p, rules }: Context): Pick<AuthorizationRequest, 'scopes' | 'scopesByDefault'> {
  const known = parseScope(p.get('scope') ?? '').filter(
    // Refresh tokens do not depend on `offline_access`, so it is understood and means nothing.
    (scope) => scope !== 'offline_access' && rules.knownScopes.includes(scope),
  );
  if (known.length > 0) return { scopes: known };
  if (rules.defaultScopes.length === 0)
    throw new InvalidScopeError('None of the requested scopes is known', { reason: 'scope_empty' });
  return { scopes: rules.defaultScopes, scopesByDefault: true };
}

function readResource({ p, rules }: Context): string {
  return selectResource(p.getAll('resource'), rules.resources, rules.defaultResource);
}

function read(context: Context, redirectUri: string, state: string | undefined): AuthorizationRequest {
  for (const check of CHECKS) check(context);
  return presentMembers<AuthorizationRequest>({
    clientId: context.client.clientId,
    redirectUri,
    state,
    codeChallenge: readCodeChallenge(context),
    prompts: readPrompts(context),
    maxAge: readMaxAge(context),
    ...readScopes(context),
    resource: readResource(context),
    nonce: context.p.get('nonce'),
    loginHint: context.p.get('login_hint'),
    uiLocales: context.p.get('ui_locales'),
  });
}

/**
 * Checks everything about an authorization request beyond client and redirect URI, which the caller has proven. What
 * is wrong from here on is answered with a redirect, the few exceptions named above aside.
 */
export function parseAuthorizationRequest(
  p: FormParameters,
  client: AuthorizationClient,
  redirectUri: string,
  rules: AuthorizationRules,
): AuthorizationRequest {
  const state = readState(p);
  try {
    return read({ p, client, rules }, redirectUri, state);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new AuthorizationError(error, state === undefined ? { redirectUri } : { redirectUri, state });
  }
}
