import { parseSetCookie, stringifyCookie } from 'cookie';
import type { ExchangeLog } from './exchange-log.js';
import { readForm, readRefresh } from './html-form.js';

export interface VisitedPage {
  readonly url: URL;
  readonly html: string;
}

/** As much of a browser as the flow needs: cookies, redirects, refreshing pages and forms. */
export class TerminalBrowser {
  private readonly cookies = new Map<string, string>();

  constructor(
    private readonly log: ExchangeLog,
    /** Where the client waits; the browser stops there. */
    private readonly callback: string,
  ) {}

  /** Goes where the address leads: to a page, or to the client's callback. */
  async open(url: URL, form?: URLSearchParams): Promise<VisitedPage> {
    let next = { url, form };
    for (let hop = 0; hop < 12; hop++) {
      if (next.url.href.startsWith(this.callback)) return { url: next.url, html: '' };
      const response = await this.request(next.url, next.form);
      const html = await response.text();
      const onward = response.headers.get('location') ?? readRefresh(html);
      if (onward === undefined) {
        if (!response.ok) throw new Error(`${next.url.pathname} answered ${response.status}`);
        return { url: next.url, html };
      }
      next = { url: new URL(onward, next.url), form: undefined };
    }
    throw new Error(`${url.pathname} sends the browser round in circles`);
  }

  /** Fills in the form of a page and sends it. */
  async submit(page: VisitedPage, values: Readonly<Record<string, string>>): Promise<VisitedPage> {
    const form = readForm(page.html);
    if (form === undefined) throw new Error(`There is no form on ${page.url.pathname}`);
    const body = new URLSearchParams(form.fields.map(([name, value]): [string, string] => [name, value]));
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return this.open(new URL(form.action, page.url), body);
  }

  private async request(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const headers = { cookie: stringifyCookie(Object.fromEntries(this.cookies)), accept: 'text/html' };
    const post = form === undefined ? {} : { method: 'POST', body: form };
    const response = await this.log.fetch(url, { ...post, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return response;
  }

  private keep(line: string): void {
    const { name, value, maxAge } = parseSetCookie(line);
    if (value === undefined || value === '' || maxAge === 0) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
