import { Injectable } from '@nestjs/common';
import { serialize } from 'cookie';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { newOpaqueToken } from '../../protocol/opaque-token.js';

const VALUE = /^[A-Za-z0-9_-]{43}$/;

/**
 * The one cookie of the module: a random name for this browser, so that a request begun here is finished here (decision D10). It holds
 * nothing, and does not grow with the number of requests.
 */
@Injectable()
export class BrowserCookie {
  constructor(private readonly urls: PublicUrls) {}

  read(request: HttpRequest): string | undefined {
    const value = request.cookie(this.name);
    return value !== undefined && VALUE.test(value) ? value : undefined;
  }

  /** The browser's identifier, and the header that gives it one where it has none. */
  identify(request: HttpRequest): { readonly browser: string; readonly setCookie: readonly string[] } {
    const known = this.read(request);
    if (known !== undefined) return { browser: known, setCookie: [] };
    const browser = newOpaqueToken();
    // Lax: the client's page navigates here from another site, and the cookie has to come along (CON-10).
    const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: this.urls.secure } as const;
    return { browser, setCookie: [serialize(this.name, browser, attributes)] };
  }

  private get name(): string {
    return this.urls.secure ? '__Host-mcp_auth' : 'mcp_auth';
  }
}
