import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { PublicUrls } from '../config/public-urls.js';
import { AccessTokenVerifier } from '../protocol/access-token-verifier.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';
import type { McpPrincipal } from './mcp-principal.js';

/** Time between two looks at responses that are still open, in milliseconds. */
const LOOK_MS = 500;

/**
 * Ends streams (SSE) whose token expired or was revoked while they were open (decision D5). There is a timer only while a response is open
 * for longer than a look takes; an idle server asks nothing.
 */
@Injectable()
export class OpenResponses implements OnApplicationShutdown {
  private readonly open = new Map<ServerResponse, McpPrincipal>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
  ) {}

  watch(response: ServerResponse, principal: McpPrincipal): void {
    if (this.open.has(response) || response.writableEnded) return;
    this.open.set(response, principal);
    response.once('close', () => this.open.delete(response));
    this.timer ??= this.plan();
  }

  onApplicationShutdown(): void {
    this.open.clear();
    clearTimeout(this.timer);
  }

  /** One sweep after the other, however long one takes. */
  private plan(): NodeJS.Timeout {
    return setTimeout(() => void this.sweep(), LOOK_MS).unref();
  }

  private async sweep(): Promise<void> {
    for (const [response, principal] of this.open) if (!(await this.mayGoOn(response, principal))) response.destroy();
    this.timer = this.open.size > 0 ? this.plan() : undefined;
  }

  /** A call that was let in before its token expired may finish; a stream would go on for ever. What was revoked ends at once. */
  private async mayGoOn(response: ServerResponse, principal: McpPrincipal): Promise<boolean> {
    const expired = principal.expiresAt * 1000 <= this.clock.now();
    if (expired) return !isStream(response);
    return this.isValid(principal);
  }

  /** An outage is no verdict: the stream stays, and the next request will get its 503. */
  private async isValid(principal: McpPrincipal): Promise<boolean> {
    try {
      await this.verifier.verify(principal.token, this.urls.resource);
      return true;
    } catch (error) {
      return !(error instanceof InvalidTokenError);
    }
  }
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
