import { Logger } from '@nestjs/common';
import { ClientDocumentError } from '../../clients/documents/client-document-error.js';
import { errorStack } from '../../http/error-stack.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { OAuthError } from '../../protocol/oauth-error.js';
import {
  InvalidClientError,
  ServerError,
  TemporarilyUnavailableError,
  TooManyRequestsError,
} from '../../protocol/oauth-errors.js';
import { isOutage } from '../../storage/outage.js';
import { RevocationsUnknownError } from '../../tokens/revocation-list.js';
import { UserAdapterError } from '../../users/user-adapter-error.js';

/** Seconds after which a client may try again during an outage. */
const OUTAGE_SECONDS = 5;

const logger = new Logger('McpAuth');

/** Any failure as the OAuth error the outside may see: outages are 503, surprises are 500 and say nothing (TOK-12). */
export function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof ClientDocumentError) {
    return new InvalidClientError('Client authentication failed', { reason: error.reason, cause: error });
  }
  if (isOutage(error) || error instanceof UserAdapterError || error instanceof RevocationsUnknownError) {
    return new TemporarilyUnavailableError('The server cannot answer right now', { reason: 'outage', cause: error });
  }
  return new ServerError('The server met an unexpected condition', { reason: 'unexpected', cause: error });
}

/** `Retry-After` (RFC 9110 §10.2.3), where the same request may succeed later. */
export function secondsToWait(error: OAuthError): string | undefined {
  if (error instanceof TooManyRequestsError) return String(error.retryAfter);
  return error.status === 503 ? String(OUTAGE_SECONDS) : undefined;
}

/** Any failure as the answer to a program, logged. */
export function jsonFailure(where: string, error: unknown): HttpResponse {
  const failure = toOAuthError(error);
  logRefusal(where, failure);
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  const retryAfter = secondsToWait(failure);
  if (retryAfter !== undefined) headers['Retry-After'] = retryAfter;
  // RFC 9110 §15.5.2: a 401 carries a challenge; CAU-04: always Basic here, the only scheme these endpoints take.
  if (failure.status === 401) headers['WWW-Authenticate'] = 'Basic realm="OAuth"';
  return json(failure.status, failure.toBody(), headers);
}

/** Writes the private reason to the log: what was refused, never what was sent. */
export function logRefusal(where: string, error: OAuthError): void {
  log(`${where} refused: error=${error.code} reason=${error.reason}`, error.status, error.cause);
}

/** The same for a page, with the id that the page shows. */
export function logPage(
  where: string,
  shown: { status: number; reason: string },
  correlationId: string,
  error: unknown,
): void {
  log(
    `${where} refused: page=${shown.status} reason=${shown.reason} correlation=${correlationId}`,
    shown.status,
    error,
  );
}

function log(line: string, status: number, cause: unknown): void {
  if (status < 500) return logger.debug(line);
  logger.error(line, errorStack(cause));
}
