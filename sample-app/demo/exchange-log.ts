import { clip, shorten } from './shorten.js';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

const REQUEST_HEADERS = ['authorization', 'mcp-protocol-version', 'mcp-session-id'];
const RESPONSE_HEADERS = ['www-authenticate', 'location', 'mcp-session-id'];
const WIDTH = 400;

/** Prints every HTTP exchange under the step it belongs to. */
export class ExchangeLog {
  private count = 0;
  current = 'Start';
  /** The address that did not answer, if one did not. */
  unreachable: string | undefined;

  constructor(private readonly print: (line: string) => void) {}

  step(title: string): void {
    if (title === this.current) return;
    this.current = title;
    this.print(`\n── ${++this.count}. ${title} ${'─'.repeat(Math.max(2, 66 - title.length))}`);
  }

  note(text: string): void {
    this.print(`   ${shorten(text)}`);
  }

  /** A `fetch` whose exchanges are printed. */
  readonly fetch: Fetch = async (url, init) => {
    const body =
      typeof init?.body === 'string' ? init.body : init?.body instanceof URLSearchParams ? init.body.toString() : '';
    this.follow(new URL(url).pathname, body);
    this.printRequest(url, init, body);
    const response = await fetch(url, init).catch((error: unknown) => {
      this.unreachable = new URL(url).origin;
      throw error;
    });
    await this.printResponse(response, init?.method ?? 'GET');
    return response;
  };

  /** The SDK registers and fetches tokens on its own: what it sends says which step it is at. */
  private follow(path: string, body: string): void {
    if (path.startsWith('/.well-known/')) this.step('Discover');
    else if (body.includes('"redirect_uris"')) this.step('Register the client');
    else if (body.includes('grant_type=authorization_code')) this.step('Exchange the code for tokens');
    else if (body.includes('grant_type=refresh_token')) this.step('Refresh');
  }

  private printRequest(url: string | URL, init: RequestInit | undefined, body: string): void {
    this.print(`   → ${init?.method ?? 'GET'} ${shorten(String(url))}`);
    this.printHeaders(new Headers(init?.headers), REQUEST_HEADERS);
    if (body !== '') this.print(`     ${clip(shorten(withoutMeta(body)), WIDTH)}`);
  }

  private async printResponse(response: Response, method: string): Promise<void> {
    this.print(`   ← ${response.status} ${response.statusText}`);
    this.printHeaders(response.headers, RESPONSE_HEADERS);
    const type = response.headers.get('content-type') ?? '';
    // The answer to a GET may be an event stream that never ends.
    if (type.startsWith('text/event-stream') && method === 'GET') return;
    const text = await response.clone().text();
    if (text !== '') this.print(`     ${clip(shorten(summary(type, text)), WIDTH)}`);
  }

  private printHeaders(headers: Headers, names: readonly string[]): void {
    for (const name of names) {
      const value = headers.get(name);
      if (value !== null) this.print(`     ${name}: ${shorten(value)}`);
    }
  }
}

function summary(type: string, text: string): string {
  if (type.startsWith('text/html')) return `page: ${/<title>(.*?)<\/title>/s.exec(text)?.[1]?.trim() ?? 'untitled'}`;
  if (type.startsWith('text/event-stream')) return withoutMeta(/^data: (.+)$/m.exec(text)?.[1] ?? text);
  return withoutMeta(text).replaceAll(/\s+/g, ' ');
}

/** MCP's per-request envelope says the same each time. */
function withoutMeta(text: string): string {
  if (!text.startsWith('{')) return text;
  return JSON.stringify(JSON.parse(text), (key: string, value: unknown) => (key === '_meta' ? '…' : value));
}
