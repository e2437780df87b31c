import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PAGE_HEADERS, renderPage, type Page } from './page.js';

export interface PageOptions {
  readonly status?: number;
  /** A `Set-Cookie` value. */
  readonly cookie?: string;
}

/** Sends pages through the HTTP adapter, so that the controllers need not know which one serves them. */
@Injectable()
export class PageResponder {
  constructor(private readonly host: HttpAdapterHost) {}

  send(response: unknown, page: Page, { status = 200, cookie }: PageOptions = {}): void {
    const adapter = this.host.httpAdapter;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) adapter.setHeader(response, name, value);
    adapter.setHeader(response, 'content-language', page.language ?? 'en');
    if (cookie !== undefined) adapter.setHeader(response, 'set-cookie', cookie);
    adapter.reply(response, renderPage(page), status);
  }

  /**
   * Ends a form post by going on to a path of this origin. Not by a redirect: Chromium holds the page's `form-action` against
   * every hop that follows the post, and the last one may be the redirect URI of an MCP client.
   */
  forward(response: unknown, page: Page & { readonly forwardTo: string }, cookie: string): void {
    this.send(response, page, { cookie });
  }
}
