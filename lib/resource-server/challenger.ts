import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { PublicUrls } from '../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { type BearerChallenge, bearerChallenge } from '../protocol/bearer-challenge.js';
import { InsufficientScopeError, InvalidRequestError, InvalidTokenError } from '../protocol/oauth-errors.js';
import { CORS } from '../http/cors.js';
import { errorStack } from '../http/error-stack.js';
import { type HttpResponse, json, send } from '../http/http-response.js';
import { securityHeaders } from '../http/security-headers.js';

const RETRY_AFTER_SECONDS = '5';

/** Words the refusals of the resource server (RFC 6750 §3, RFC 9728 §5.1) and sends them, past every filter and interceptor of the host. */
@Injectable()
export class Challenger {
  private readonly logger = new Logger('McpAuth');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
    private readonly urls: PublicUrls,
  ) {}

  /**
   * 401 without an error code: nothing was sent (RFC 6750 §3.1).
   * @param scopes of the operation, where it has some of its own
   */
  askForToken(res: ServerResponse, scopes?: readonly string[]): void {
    const headers = { ...NO_STORE, 'WWW-Authenticate': this.challenge(scopes) };
    this.reply(res, json(401, { message: 'Authentication required' }, headers));
  }

  forbidOrigin(res: ServerResponse): void {
    this.logger.debug('MCP request refused: error=forbidden reason=origin_forbidden');
    this.reply(res, json(403, { message: 'This origin may not call the MCP endpoint' }));
  }

  preflight(res: ServerResponse, response: HttpResponse): void {
    this.reply(res, response);
  }

  /** The exact answer to a failed verification; what is no verdict about the token is an outage, and never a 401. */
  refuse(res: ServerResponse, error: unknown, scopes?: readonly string[]): void {
    if (isVerdict(error)) {
      this.logger.debug(`MCP request refused: error=${error.code} reason=${error.reason}`);
      const needed = error instanceof InsufficientScopeError ? error.scopes : scopes;
      const challenge = this.challenge(needed, { error: error.code, description: error.message });
      return this.reply(res, json(error.status, error.toBody(), { ...NO_STORE, 'WWW-Authenticate': challenge }));
    }
    this.logger.error('MCP request refused: reason=outage', errorStack(error));
    const body = { error: 'temporarily_unavailable', error_description: 'The server cannot answer right now' };
    this.reply(res, json(503, body, { ...NO_STORE, 'Retry-After': RETRY_AFTER_SECONDS }));
  }

  private challenge(
    scopes: readonly string[] = this.options.defaultScopes,
    error?: Pick<BearerChallenge, 'error' | 'description'>,
  ): string {
    return bearerChallenge({ resourceMetadata: this.urls.resourceMetadata, scopes, ...error });
  }

  private reply(res: ServerResponse, response: HttpResponse): void {
    const headers = { ...securityHeaders(this.urls.secure), ...response.headers, ...CORS };
    send({ ...response, headers }, res, res.req.method === 'HEAD');
  }
}

function isVerdict(error: unknown): error is InvalidTokenError | InvalidRequestError | InsufficientScopeError {
  return (
    error instanceof InvalidTokenError ||
    error instanceof InvalidRequestError ||
    error instanceof InsufficientScopeError
  );
}

const NO_STORE = { 'Cache-Control': 'no-store' } as const;
