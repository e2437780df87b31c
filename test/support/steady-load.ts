import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, Browser } from './browser.js';
import { OAuthWalk, REDIRECT_URI } from './oauth-walk.js';

export type RequestKind =
  'register' | 'authorize' | 'consent' | 'redeem' | 'refresh' | 'mcp' | 'introspect' | 'revoke' | 'discovery';

/** One answer as a client saw it. Times as of `performance.now()`. */
export interface Seen {
  readonly kind: RequestKind;
  readonly answer: Answer;
  /** As of `performance.now()`. */
  readonly asked: number;
  /** The same was asked before, and nobody knows what became of it: a 503, or no answer at all. */
  readonly inDoubt: boolean;
}

/** Tokens that a client holds. A client never does two things at once with its refresh token. */
export interface Held {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  accessToken: string;
  refreshToken: string;
}

const LONGEST_PAUSE_MS = 30;

/** Clients of every kind that go on whatever happens, and repeat what was not answered or answered with 503. */
export class SteadyLoad {
  readonly seen: Seen[] = [];
  readonly chains: Held[] = [];
  /** Tokens of flows that came to their end, and those that their client has revoked since. */
  readonly kept: Held[] = [];
  readonly revoked: Held[] = [];
  /** Flows that were begun anew, because a decision or a code may have been used. */
  begunAnew = 0;
  /** What ended a client before its time: an answer it could not go on with. */
  readonly failures: unknown[] = [];

  /** Requests whose client did not wait for the answer. */
  readonly abandoned: Promise<unknown>[] = [];
  private clients: Promise<void>[] = [];
  private stopping = false;

  constructor(
    private readonly origin: string,
    private readonly size: number,
    /** How long a client waits for an answer before it asks again, in milliseconds. */
    private readonly patience: number,
  ) {}

  async start(): Promise<void> {
    for (let chain = 0; chain < this.size; chain++) this.chains.push(await this.flow());
    const confidential = await this.flow({ token_endpoint_auth_method: 'client_secret_post' });
    this.clients = [
      ...this.chains.map((chain) => this.repeat(() => this.refresh(chain))),
      ...this.chains.map((chain) => this.repeat(() => this.call(chain))),
      this.repeat(() => this.introspect(confidential)),
      ...this.chains.map(() => this.repeat(async () => void this.kept.push(await this.flow()))),
      this.repeat(() => this.flowAndRevocation()),
      this.repeat(async () => void (await this.register())),
      this.repeat(() => this.arrive()),
      this.repeat(() => this.revoke(confidential, 'what is no token')),
      this.repeat(() => this.discover()),
    ];
  }

  /** Resolves once every client has finished what it was at, and the server has answered even those that did not wait. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.clients);
    await Promise.allSettled(this.abandoned);
  }

  async refresh(held: Held): Promise<void> {
    const { clientId, refreshToken } = held;
    const { answer } = await this.insist('refresh', () => new OAuthWalk(this.origin).refresh(clientId, refreshToken));
    Object.assign(held, tokensOf(answer));
  }

  async call({ accessToken }: Held): Promise<void> {
    const headers = { authorization: `Bearer ${accessToken}` };
    await this.insist('mcp', () => new Browser(this.origin).get('/mcp', headers));
  }

  private async introspect({ clientId, clientSecret = '', accessToken, refreshToken }: Held): Promise<void> {
    for (const token of [accessToken, refreshToken]) {
      const form = { client_id: clientId, client_secret: clientSecret, token };
      await this.insist('introspect', () => new Browser(this.origin).post('/oauth/introspect', form));
    }
  }

  private async flowAndRevocation(): Promise<void> {
    const held = await this.flow();
    await this.call(held);
    await this.revoke(held, held.refreshToken);
    this.revoked.push(held);
  }

  private async revoke({ clientId, clientSecret }: Held, token: string): Promise<void> {
    const form = { client_id: clientId, token, ...(clientSecret !== undefined && { client_secret: clientSecret }) };
    await this.insist('revoke', () => new Browser(this.origin).post('/oauth/revoke', form));
  }

  /** Somebody who is not signed in opens the authorization page. */
  private async arrive(): Promise<void> {
    const [{ clientId }] = this.chains as [Held];
    const walk = new OAuthWalk(this.origin);
    await this.insist('authorize', () => walk.browser.get(walk.authorizeUrl(clientId)));
  }

  private async discover(): Promise<void> {
    await this.insist('discovery', () => new Browser(this.origin).get('/.well-known/oauth-protected-resource/mcp'));
  }

  /** A whole flow, begun anew when a decision or a code may have been used: a person would do the same. */
  private async flow(metadata: Record<string, unknown> = {}): Promise<Held> {
    const { client_id, client_secret } = await this.register(metadata);
    const secret = client_secret === undefined ? {} : { client_secret };
    for (; ; this.begunAnew++) {
      // A walk of its own for every attempt: an answer that comes late brings a cookie of another browser.
      let walk = new OAuthWalk(this.origin);
      const page = await this.insist('authorize', () => {
        walk = new OAuthWalk(this.origin);
        walk.browser.signIn('ada');
        return walk.openConsent(client_id);
      });
      const decision = await this.insistOnce('consent', () => walk.decide(page.answer));
      if (!decision) continue;
      const code = walk.target(decision).searchParams.get('code') ?? '';
      const tokens = await this.insistOnce('redeem', () => walk.redeem(client_id, code, secret));
      if (tokens) return { clientId: client_id, clientSecret: client_secret, ...tokensOf(tokens) };
    }
  }

  private async register(
    metadata: Record<string, unknown> = {},
  ): Promise<{ client_id: string; client_secret?: string }> {
    const body = JSON.stringify({ redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', ...metadata });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const { answer } = await this.insist('register', async () => {
      const response = await fetch(`${this.origin}/oauth/register`, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    });
    return JSON.parse(answer.text) as { client_id: string; client_secret?: string };
  }

  private async repeat(step: () => Promise<void>): Promise<void> {
    try {
      while (!this.stopping) {
        await step();
        await pause();
      }
    } catch (error) {
      this.failures.push(error);
    }
  }

  /** Asks until there is an answer other than 503. */
  private async insist(kind: RequestKind, send: () => Promise<Answer>): Promise<Seen> {
    for (let inDoubt = false; ; inDoubt = true) {
      const seen = await this.ask(kind, send, inDoubt);
      if (seen && seen.answer.status !== 503) return seen;
      await pause();
    }
  }

  /** The same for what works once. Undefined when it may have worked: unanswered, or refused after a 503. */
  private async insistOnce(kind: RequestKind, send: () => Promise<Answer>): Promise<Answer | undefined> {
    for (let inDoubt = false; ; inDoubt = true) {
      const seen = await this.ask(kind, send, inDoubt);
      if (!seen || (inDoubt && seen.answer.status === 400)) return undefined;
      if (seen.answer.status !== 503) return seen.answer;
      await pause();
    }
  }

  private async ask(kind: RequestKind, send: () => Promise<Answer>, inDoubt: boolean): Promise<Seen | undefined> {
    const [asked, coming, waiting] = [performance.now(), send(), new AbortController()];
    const answer = await Promise.race([coming, delay(this.patience, undefined, { signal: waiting.signal })]);
    waiting.abort();
    if (!answer) return void this.abandoned.push(coming);
    const seen = { kind, answer, asked, inDoubt };
    this.seen.push(seen);
    return seen;
  }
}

function tokensOf({ status, text }: Answer): { accessToken: string; refreshToken: string } {
  if (status !== 200) throw new Error(`no tokens: ${status} ${text}`);
  const { access_token, refresh_token } = JSON.parse(text) as { access_token: string; refresh_token: string };
  return { accessToken: access_token, refreshToken: refresh_token };
}

function pause(): Promise<void> {
  return delay(Math.random() * LONGEST_PAUSE_MS);
}
