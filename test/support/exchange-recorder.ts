/** One request of a client and what it was answered. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestHeaders: Headers;
  /** A form or JSON text as it was sent; empty for none. */
  readonly requestBody: string;
  readonly headers: Headers;
  /** Parsed, where the answer is JSON. */
  readonly json: unknown;
}

/** As wide as the fetch options of every client library: some pass `undefined` members. */
type Fetch = (
  input: string | URL | Request,
  init?: { [K in keyof RequestInit]?: RequestInit[K] | undefined },
) => Promise<Response>;

/** A `fetch` for clients under test that remembers every exchange. */
export class ExchangeRecorder {
  readonly exchanges: Exchange[] = [];

  constructor(private readonly mcpPath = '/mcp') {}

  readonly fetch: Fetch = async (input, options) => {
    const init = options as RequestInit | undefined;
    const request = new Request(input, init);
    const requestBody = await request.clone().text();
    const response = await fetch(input, init);
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    this.exchanges.push({
      method: request.method,
      path: new URL(request.url).pathname,
      status: response.status,
      requestHeaders: request.headers,
      requestBody,
      headers: response.headers,
      json: isJson ? await response.clone().json() : undefined,
    });
    return response;
  };

  /** Exchanges with the authorization server and the discovery documents, each as `POST /oauth/token 200`. */
  authorization(): readonly string[] {
    return this.exchanges.filter(({ path }) => path !== this.mcpPath).map(asLine);
  }

  /** Exchanges with the MCP endpoint. */
  mcp(): readonly string[] {
    return this.exchanges.filter(({ path }) => path === this.mcpPath).map(asLine);
  }

  /** The one exchange of this kind; the latest if there were several. */
  last(method: string, path: string): Exchange {
    const found = this.exchanges.findLast((exchange) => exchange.method === method && exchange.path === path);
    if (!found) throw new Error(`no ${method} ${path} among ${this.exchanges.map(asLine).join(', ')}`);
    return found;
  }

  /** Paths to `null` members in what the authorization server answered; real clients reject a document for one. */
  nullMembers(): readonly string[] {
    return this.exchanges
      .filter(({ path }) => path !== this.mcpPath)
      .flatMap(({ path, json }) => nulls(json).map((member) => `${path} ${member}`));
  }
}

function asLine({ method, path, status }: Exchange): string {
  return `${method} ${path} ${status}`;
}

function nulls(value: unknown, path = ''): string[] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => nulls(inner, `${path}/${name}`));
}
