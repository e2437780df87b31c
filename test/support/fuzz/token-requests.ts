import { type Draft, pair } from './draft.js';
import type { WireAnswer } from './wire.js';
import { JSON_TYPE, type Kind, type Method, type RegisteredClient, type Valid, type World } from './world.js';

export const FORM_TYPE: readonly [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];

/** What became of a code, and who redeemed it. */
export interface Tokens {
  readonly client: RegisteredClient;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly redemption: Draft;
}

type Redeem = (of: Method | 'another') => Promise<Valid>;
type TokenKind = Exclude<Kind, 'register' | 'authorize' | 'authorize by form' | 'resume' | 'approve' | `code${string}`>;

/** Makes the requests that hang on tokens. */
export class TokenRequests {
  constructor(
    private readonly world: World,
    private readonly code: Redeem,
  ) {}

  of(kind: TokenKind): Promise<Valid> {
    switch (kind) {
      case 'refresh':
        return this.refresh();
      case 'refresh again':
        return this.refreshAgain();
      case 'revoke':
        return this.revoke(kind, 'none', 'refreshToken');
      case 'revoke of a confidential client':
        return this.revoke(kind, 'client_secret_basic', 'accessToken');
      case 'introspect':
        return this.introspect();
      case 'mcp':
        return this.mcp();
    }
  }

  async tokens(of: Method | 'another'): Promise<Tokens> {
    const { draft: redemption, clientId = '', clientSecret } = await this.code(of);
    const { access_token: accessToken, refresh_token: refreshToken } = await this.issue(redemption);
    const secret = clientSecret === undefined ? {} : { clientSecret };
    return { client: this.world.client(of), clientId, ...secret, accessToken, refreshToken, redemption };
  }

  private async issue(draft: Draft): Promise<{ access_token: string; refresh_token: string; text: string }> {
    const { text } = await this.world.send(draft);
    const body = JSON.parse(text) as { access_token: string; refresh_token: string };
    this.world.remember(body.access_token, body.refresh_token);
    return { ...body, text };
  }

  private async refresh(): Promise<Valid> {
    const { client, ...tokens } = await this.tokens('none');
    const form = [
      pair('grant_type', 'refresh_token'),
      pair('refresh_token', tokens.refreshToken),
      pair('scope', 'mcp:read mcp:write'),
      pair('resource', this.world.resource),
    ];
    const draft = formOf('/oauth/token', form, client);
    return { kind: 'refresh', draft, ...tokens, accepts: status(200), repeatable: false };
  }

  /** The refresh of a client that lost the answer: it gets the same one (RFT-04). */
  private async refreshAgain(): Promise<Valid> {
    const first = await this.refresh();
    const { text, refresh_token: successor } = await this.issue(first.draft);
    const accepts = (answer: WireAnswer) => answer.status === 200 && answer.text === text;
    return { ...first, kind: 'refresh again', successor, accepts, repeatable: true };
  }

  private async revoke(kind: Kind, of: Method, which: 'accessToken' | 'refreshToken'): Promise<Valid> {
    const { client, ...tokens } = await this.tokens(of);
    const draft = formOf('/oauth/revoke', this.about(tokens[which]), client);
    const accepts = (answer: WireAnswer) => answer.status === 200 && answer.text === '';
    return { kind, draft, ...tokens, accepts, stops: this.call(tokens.accessToken), repeatable: false };
  }

  private async introspect(): Promise<Valid> {
    const { client, ...tokens } = await this.tokens('client_secret_basic');
    const token = this.world.random.pick([tokens.accessToken, tokens.refreshToken]);
    const draft = formOf('/oauth/introspect', this.about(token), client);
    const accepts = (answer: WireAnswer) => answer.status === 200 && answer.text.startsWith('{"active":true,');
    return { kind: 'introspect', draft, ...tokens, accepts, repeatable: true };
  }

  /** A hint helps at most, and never hinders (RFC 7009 §2.1). */
  private about(token: string): readonly string[] {
    const hint = this.world.random.pick(['access_token', 'refresh_token', 'id_token']);
    return [pair('token', token), pair('token_type_hint', hint)];
  }

  private async mcp(): Promise<Valid> {
    const { client: _client, ...tokens } = await this.tokens('none');
    const draft = this.call(tokens.accessToken);
    return { kind: 'mcp', draft, ...tokens, accepts: isLetThrough, repeatable: true };
  }

  private call(accessToken: string): Draft {
    return {
      method: 'POST',
      path: '/mcp',
      query: [],
      headers: [['Authorization', `Bearer ${accessToken}`], JSON_TYPE],
      json: { jsonrpc: '2.0', id: 1, method: 'ping' },
    };
  }
}

/** A form of a client, which says who it is in the way it registered for. */
export function formOf(path: string, form: readonly string[], { id, secret, prove }: RegisteredClient): Draft {
  const draft = { method: 'POST', path, query: [] };
  if (prove) {
    const proof = Object.entries(prove()).map(([name, value]) => pair(name, value));
    return { ...draft, form: [...form, ...proof], headers: [FORM_TYPE] };
  }
  if (secret === undefined) return { ...draft, form: [...form, pair('client_id', id)], headers: [FORM_TYPE] };
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  return { ...draft, form, headers: [FORM_TYPE, ['Authorization', `Basic ${basic}`]] };
}

export const status =
  (expected: number) =>
  (answer: WireAnswer): boolean =>
    answer.status === expected;

export function isLetThrough({ status: code, text }: WireAnswer): boolean {
  return code < 300 && text.includes('"reached":"mcp"');
}
