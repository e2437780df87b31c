import { createHash, randomBytes } from 'node:crypto';
import { type Answer, Browser, readConsentForm, refreshTarget } from './browser.js';

export const REDIRECT_URI = 'https://client.example/callback';

export interface Registered {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly [member: string]: unknown;
}

/** The steps of the flow over plain HTTP, each one exchangeable by a test. */
export class OAuthWalk {
  readonly browser: Browser;
  readonly verifier = randomBytes(32).toString('base64url');
  readonly state = randomBytes(8).toString('hex');

  constructor(
    readonly origin: string,
    readonly prefix = '/oauth',
  ) {
    this.browser = new Browser(origin);
  }

  get challenge(): string {
    return createHash('sha256').update(this.verifier).digest('base64url');
  }

  async register(metadata: Record<string, unknown> = {}): Promise<Registered> {
    const response = await fetch(`${this.origin}${this.prefix}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Test client',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        ...metadata,
      }),
    });
    if (response.status !== 201) throw new Error(`registration: ${response.status} ${await response.text()}`);
    return (await response.json()) as Registered;
  }

  /** A valid authorization request of this client; `undefined` takes a parameter out. */
  authorizeUrl(clientId: string, change: Record<string, string | undefined> = {}): string {
    const parameters: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      state: this.state,
      code_challenge: this.challenge,
      code_challenge_method: 'S256',
      ...change,
    };
    const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return `${this.prefix}/authorize?${new URLSearchParams(present).toString()}`;
  }

  /** Signs in where the login redirect says so, and gives the page that follows: the consent page, whatever was given before. */
  async openConsent(
    clientId: string,
    userId = 'ada',
    change: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    if (this.browser.cookies.has('session')) this.browser.signIn(userId);
    let answer = await this.browser.get(this.authorizeUrl(clientId, { prompt: 'consent', ...change }));
    if (answer.status === 302 && answer.headers.get('location')?.startsWith('/login')) {
      this.browser.signIn(userId);
      const login = new URL(answer.headers.get('location') ?? '', this.origin);
      answer = await this.browser.get(login.searchParams.get('return_to') ?? '/');
    }
    return answer;
  }

  /** Posts the form of a consent page as a person would, with every box ticked. */
  async decide(
    page: Answer,
    approved = 'true',
    change: Record<string, string | readonly string[]> = {},
  ): Promise<Answer> {
    const { action, fields, scopes } = readConsentForm(page.text);
    return this.browser.post(action, { ...fields, scopes, approved, ...change });
  }

  /** Where the page after the decision sends the browser. */
  target(answer: Answer): URL {
    const target = refreshTarget(answer.text) ?? answer.headers.get('location');
    if (!target) throw new Error(`no redirect to the client: ${answer.status} ${answer.text.slice(0, 300)}`);
    return new URL(target);
  }

  /** Everything from the authorization request to the code. */
  async code(clientId: string, userId = 'ada', change: Record<string, string | undefined> = {}): Promise<string> {
    const page = await this.openConsent(clientId, userId, change);
    const code = this.target(await this.decide(page)).searchParams.get('code');
    if (!code) throw new Error('no code in the redirect');
    return code;
  }

  async token(form: Record<string, string | undefined>, headers: Record<string, string> = {}): Promise<Answer> {
    const present = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(`${this.origin}${this.prefix}/token`, {
      method: 'POST',
      body: new URLSearchParams(present),
      headers,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  redeem(clientId: string, code: string, change: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.token({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      code_verifier: this.verifier,
      ...change,
    });
  }

  refresh(clientId: string, refreshToken: string, change: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken, ...change });
  }

  /** A client with its first tokens. */
  async tokens(
    userId = 'ada',
    change: Record<string, string | undefined> = {},
    metadata: Record<string, unknown> = {},
  ): Promise<{ client: Registered; access_token: string; refresh_token: string; scope: string }> {
    const client = await this.register(metadata);
    const answer = await this.redeem(client.client_id, await this.code(client.client_id, userId, change));
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`);
    return { client, ...(JSON.parse(answer.text) as { access_token: string; refresh_token: string; scope: string }) };
  }
}
