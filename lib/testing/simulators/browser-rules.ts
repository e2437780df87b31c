import type { Complaints } from './complaint.js';

type Call = Omit<RequestInit, 'headers'> & { readonly headers: Record<string, string> };

/** Answer headers that a page may read without being told so (Fetch, "CORS-safelisted response-header name"). */
const READABLE = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified'];
/** What a page may send without asking first, as far as the simulated ones do. */
const SIMPLE_HEADERS = ['accept'];

/** A browser between a page and a server of another origin: asks before it sends, and hides what is not meant for the page. */
export class BrowserRules {
  constructor(
    private readonly page: string,
    private readonly send: (url: string, init: RequestInit) => Promise<Response>,
    private readonly complaints: Complaints,
  ) {}

  async request(url: string, call: Call): Promise<Response> {
    const { method = 'GET', headers } = call;
    const asked = Object.keys(headers)
      .map((name) => name.toLowerCase())
      .filter((name) => !SIMPLE_HEADERS.includes(name) && !isFormType(name, headers));
    if (asked.length > 0) await this.ask(url, method, asked);
    const answer = await this.send(url, { ...call, headers: { ...headers, origin: this.page } });
    this.assertAllowed(url, answer);
    return withReadableHeaders(answer);
  }

  private async ask(url: string, method: string, headers: readonly string[]): Promise<void> {
    const answer = await this.send(url, {
      method: 'OPTIONS',
      headers: {
        origin: this.page,
        'access-control-request-method': method,
        'access-control-request-headers': headers.join(','),
      },
    });
    const allowed = listOf(answer, 'access-control-allow-headers');
    const missing = headers.find(
      (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
    );
    this.assertAllowed(url, answer);
    if (!answer.ok) throw this.blocked(url, `the preflight request is answered with ${answer.status}`);
    if (missing !== undefined) throw this.blocked(url, `the header ${missing} is not allowed`);
  }

  private assertAllowed(url: string, answer: Response): void {
    const origin = answer.headers.get('access-control-allow-origin');
    if (origin === '*' || origin === this.page) return;
    throw this.blocked(url, 'Access-Control-Allow-Origin does not allow its page');
  }

  private blocked(url: string, why: string): Error {
    return this.complaints.about(`the browser keeps ${url} from it (CORS): ${why}`);
  }
}

function isFormType(name: string, headers: Readonly<Record<string, string>>): boolean {
  return name === 'content-type' && headers[name]?.startsWith('application/x-www-form-urlencoded') === true;
}

function listOf({ headers }: Response, name: string): readonly string[] {
  return (headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase());
}

function withReadableHeaders(answer: Response): Response {
  const readable = [...READABLE, ...listOf(answer, 'access-control-expose-headers')];
  const headers = new Headers([...answer.headers].filter(([name]) => readable.includes(name)));
  const { status, body } = answer;
  return new Response(status === 204 ? null : body, { status, headers });
}
