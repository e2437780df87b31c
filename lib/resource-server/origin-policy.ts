import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { isLoopbackHost } from '../config/loopback.js';
import { PublicUrls } from '../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';

/** Which browser origins may call the MCP path (MCP transport security: DNS rebinding). */
@Injectable()
export class OriginPolicy {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
    private readonly urls: PublicUrls,
  ) {}

  /** Requests without an `Origin` come from programs, not from pages. */
  allows(origin: string | undefined): boolean {
    if (origin === undefined) return true;
    const { allowedOrigins } = this.options;
    if (allowedOrigins === '*') return true;
    if (allowedOrigins) return allowedOrigins.includes(origin);
    const { hostname } = new URL(this.urls.origin);
    return !isLoopbackHost(hostname) || origin === this.urls.origin || isLoopbackOrigin(origin);
  }
}

function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === origin && isLoopbackHost(url.hostname);
}
