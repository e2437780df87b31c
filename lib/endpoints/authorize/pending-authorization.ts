import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import type { ResolvedPageLanguage } from '../../config/view-options.js';
import type { AuthorizationError } from '../../protocol/authorization-error.js';
import type { PendingAuthorizationEntity } from '../../storage/entities/pending-authorization.entity.js';

/** An error that waits until somebody is signed in before it is sent to the client (RFC 9700 §4.11.2). */
export interface HeldError {
  readonly kind: 'error';
  readonly code: string;
  readonly description: string;
  readonly redirectUri: string;
  readonly state?: string;
  /** The client asked with `prompt=none`: it may be answered before anybody is signed in, and nothing may be shown. */
  readonly silent?: boolean;
  readonly uiLocales?: string;
}

export interface HeldRequest {
  readonly kind: 'request';
  readonly request: AuthorizationRequest;
  /** What the client was when it asked; a person may not be shown one thing and approve another. */
  readonly clientFingerprint: string;
}

/** What a pending authorization waits with. */
export type Held = HeldRequest | HeldError;

/** Somebody's visit to their connected apps, together with what only its own browser knows. */
export interface PendingVisit {
  readonly row: PendingAuthorizationEntity;
  readonly handle: string;
  readonly browser: string;
  /** What the browser calls itself. */
  readonly userAgent: string | undefined;
  /** Of the pages. */
  readonly language: ResolvedPageLanguage;
  /** A login completed elsewhere was handed over to this browser. */
  readonly loginConfirmed: boolean;
}

/** A stored request together with what only its own browser knows. */
export interface PendingAuthorization extends PendingVisit {
  readonly held: Held;
}

export function holdError(
  { error, redirect }: AuthorizationError & { redirect: { redirectUri: string; state?: string } },
  silent: boolean,
  uiLocales: string | undefined,
): HeldError {
  const held = { kind: 'error', code: error.code, description: error.message, ...redirect, silent } as const;
  return uiLocales === undefined ? held : { ...held, uiLocales };
}

/** Languages that the client asks the pages to be in. */
export function uiLocalesOf(held: Held): string | undefined {
  return held.kind === 'error' ? held.uiLocales : held.request.uiLocales;
}

/** Whether no page may be shown for this request (OpenID Connect Core §3.1.2.1, `prompt=none`). */
export function isSilent(held: Held): boolean {
  return held.kind === 'error' ? held.silent === true : held.request.prompts.includes('none');
}

/** Where the answer goes, request or error. */
export function returnAddress(held: Held): { readonly redirectUri: string; readonly state?: string } {
  const { redirectUri, state } = held.kind === 'error' ? held : held.request;
  return { redirectUri, ...(state === undefined ? {} : { state }) };
}
