import { InvalidClientError } from '../../protocol/oauth-errors.js';

/** Every failed authentication, whatever its cause, has one public text (CAU-04). */
export function authenticationFailure(reason: string): InvalidClientError {
  return new InvalidClientError('Client authentication failed', { reason });
}
