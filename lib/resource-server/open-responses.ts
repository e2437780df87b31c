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
    this.timer ??= setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.open.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    for (const [response, principal] of this.open) if (!(await this.isValid(principal))) response.destroy();
  }

  /** An outage is no verdict: the stream stays, and the next request will get its 503. */
  private async isValid(principal: McpPrincipal): Promise<boolean> {
    if (principal.expiresAt * 1000 <= this.clock.now()) return false;
    try {
      await this.verifier.verify(principal.token, this.urls.resource);
      return true;
    } catch (error) {
      return !(error instanceof InvalidTokenError);
    }
  }
}
