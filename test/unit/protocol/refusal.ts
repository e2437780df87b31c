import { AuthorizationError, type ErrorRedirect } from '../../../lib/protocol/authorization-error.js';
import { OAuthError } from '../../../lib/protocol/oauth-error.js';

/** An error in plain words, for exact comparison. */
export interface Refusal {
  readonly type: string;
  readonly reason: string;
  readonly description: string;
}

/** Runs something that must throw an OAuth error, and says which one. */
export function refusal(work: () => unknown): Refusal {
  const error = thrown(work);
  if (!(error instanceof OAuthError)) throw new Error('expected an OAuthError', { cause: error });
  return { type: error.name, reason: error.reason, description: error.message };
}

/** Runs something that must throw an authorization error, and says which one and where it may be sent. */
export function authorizationRefusal(work: () => unknown): Refusal & { readonly redirect: ErrorRedirect | 'page' } {
  const error = thrown(work);
  if (!(error instanceof AuthorizationError)) throw new Error('expected an AuthorizationError', { cause: error });
  const { name, reason, message } = error.error;
  return { type: name, reason, description: message, redirect: error.redirect ?? 'page' };
}

/** What something throws. */
export function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal, but nothing was thrown');
}
