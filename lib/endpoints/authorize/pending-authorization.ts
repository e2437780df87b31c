import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import type { AuthorizationError } from '../../protocol/authorization-error.js';
import type { PendingAuthorizationEntity } from '../../storage/entities/pending-authorization.entity.js';

/** An error that waits until somebody is signed in before it is sent to the client (RFC 9700 §4.11.2). */
export interface HeldError {
  readonly kind: 'error';
  readonly code: string;
  readonly description: string;
  readonly redirectUri: string;
  readonly state?: string;
}

export interface HeldRequest {
  readonly kind: 'request';
  readonly request: AuthorizationRequest;
}

/** What a pending authorization waits with. */
export type Held = HeldRequest | HeldError;

/** A stored request together with what only its own browser knows. */
export interface PendingAuthorization {
  readonly row: PendingAuthorizationEntity;
  readonly held: Held;
  readonly handle: string;
  readonly browser: string;
}

export function holdError({
  error,
  redirect,
}: AuthorizationError & { redirect: { redirectUri: string; state?: string } }): HeldError {
  return { kind: 'error', code: error.code, description: error.message, ...redirect };
}

/** Where the answer goes, request or error. */
export function returnAddress(held: Held): { readonly redirectUri: string; readonly state?: string } {
  const { redirectUri, state } = held.kind === 'error' ? held : held.request;
  return { redirectUri, ...(state === undefined ? {} : { state }) };
}
