import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import onHeaders from 'on-headers';
import { Clock } from '../config/clock.js';
import { AccessTokenVerifier } from '../protocol/access-token-verifier.js';
import type { McpPrincipal } from './mcp-principal.js';

/** For how long a response stays open without another look at its token, in milliseconds. */
const UNSEEN_MS = 1000;

interface Watched {
  readonly response: ServerResponse;
  readonly principal: McpPrincipal;
  /** When its token has to be looked at again, in milliseconds since the epoch. */
  dueAt: number;
}

/**
 * Ends streams (SSE) whose token expired or was revoked while they were open, within a second (decision D5). There is a timer only while
 * a response is open; an idle server asks nothing.
 */
@Injectable()
export class OpenResponses implements OnApplicationShutdown {
  private readonly open = new Map<ServerResponse, Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly clock: Clock,
  ) {}

  watch(response: ServerResponse, principal: McpPrincipal): void {
    if (this.open.has(response) || response.writableEnded || response.destroyed) return;
    this.open.set(response, { response, principal, dueAt: this.verifier.knownAt() + UNSEEN_MS });
    response.once('close', () => this.open.delete(response));
    // What a handler gives to `writeHead()` alone, Node keeps only for whoever listens.
    onHeaders(response, () => undefined);
    this.timer ??= this.plan();
  }

  onApplicationShutdown(): void {
    this.open.clear();
    clearTimeout(this.timer);
  }

  /** One sweep after the other, however long one takes. */
  private plan(): NodeJS.Timeout {
    const now = this.clock.now();
    let next = now + UNSEEN_MS;
    for (const { dueAt, principal } of this.open.values()) {
      const expiresAt = principal.expiresAt * 1000;
      next = Math.min(next, dueAt, expiresAt > now ? expiresAt : next);
    }
    return setTimeout(() => void this.sweep(), Math.max(next - now, 1)).unref();
  }

  private async sweep(): Promise<void> {
    const now = this.clock.now();
    const due: Watched[] = [];
    for (const watched of this.open.values()) {
      const expired = watched.principal.expiresAt * 1000 <= now;
      // A call that was let in before its token expired may finish; a stream would go on for ever. What was revoked ends at once.
      if (expired && isStream(watched.response)) watched.response.destroy();
      // Far ahead only after the clock was set back.
      else if (watched.dueAt <= now || watched.dueAt > now + UNSEEN_MS) due.push(watched);
    }
    if (due.length > 0) await this.endRevoked(due);
    this.timer = this.open.size > 0 ? this.plan() : undefined;
  }

  private async endRevoked(due: readonly Watched[]): Promise<void> {
    const revoked = await this.revokedAmong(due);
    const now = this.clock.now();
    const known = this.verifier.knownAt() + UNSEEN_MS;
    for (const watched of due) {
      if (revoked.has(watched.principal.tokenId)) watched.response.destroy();
      // What is known may be old in an outage: asked again a second later, not at once.
      watched.dueAt = known > now ? known : now + UNSEEN_MS;
    }
  }

  /** An outage is no verdict: the stream stays, and the next request will get its 503. */
  private async revokedAmong(due: readonly Watched[]): Promise<ReadonlySet<string>> {
    try {
      return await this.verifier.revokedAmong(due.map(({ principal }) => principal));
    } catch {
      return new Set();
    }
  }
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
