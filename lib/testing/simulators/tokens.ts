import type { JsonObject } from '../../protocol/client-metadata-members.js';
import { resourceParameter, type AuthorizationCode } from './authorization.js';
import type { ClientHttp } from './client-http.js';
import type { ClientProfile } from './client-profile.js';
import type { Complaints } from './complaint.js';
import type { Discovered } from './discovery.js';
import { authenticate, type Identity } from './identity.js';

/** What a client holds after a login. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly scope: string | undefined;
}

/** What a client does at the token endpoint (RFC 6749 §4.1.3, §6). */
export class TokenRequests {
  private readonly endpoint: string;

  constructor(
    private readonly profile: ClientProfile,
    private readonly http: ClientHttp,
    private readonly complaints: Complaints,
    private readonly found: Discovered,
    private readonly identity: Identity,
    private readonly assertion: () => string,
  ) {
    this.endpoint = String(found.server['token_endpoint']);
  }

  async redeem({ code, verifier, redirectUri }: AuthorizationCode): Promise<Tokens> {
    const { answer, body } = await this.post({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      ...this.resource(),
    });
    const tokens = this.read(answer, body, undefined);
    if (this.profile.demands.refreshToken && tokens.refreshToken === undefined) {
      throw this.complaints.about(`${this.endpoint} gives it no refresh token, and it would lose its access soon`);
    }
    return tokens;
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    const { omitsResource, adds } = this.profile.refresh ?? {};
    const { answer, body } = await this.post({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...(omitsResource ? {} : this.resource()),
      ...adds,
    });
    return this.read(answer, body, refreshToken);
  }

  /** What it would learn if the server had forgotten its client, or its tokens: everything hangs on the exact code. */
  async assertErrorCodes(): Promise<void> {
    const refresh = { grant_type: 'refresh_token', refresh_token: 'forgotten' };
    const forgotten = await this.send({ client_id: 'forgotten', ...refresh }, {});
    await this.assertError(forgotten, 'invalid_client', 'a client that the server has forgotten');
    const { answer, body } = await this.post(refresh);
    this.assertCode(answer, body, 'invalid_grant', 'a refresh token that the server has forgotten');
  }

  private async assertError(answer: Response, code: string, of: string): Promise<void> {
    this.assertCode(answer, await this.http.json(answer, this.endpoint), code, of);
  }

  private assertCode(answer: Response, body: JsonObject, code: string, of: string): void {
    if (!answer.ok && body['error'] === code) return;
    const said = `${answer.status} ${JSON.stringify(body['error'])}`;
    throw this.complaints.about(`${this.endpoint} answers ${said} to ${of}, and only ${code} tells it what to do`);
  }

  private resource(): Readonly<Record<string, string>> {
    return resourceParameter(this.profile, this.found.resource);
  }

  private async post(form: Readonly<Record<string, string>>): Promise<{ answer: Response; body: JsonObject }> {
    const proof = authenticate(this.identity, this.assertion);
    const answer = await this.send({ ...proof.form, ...form }, proof.headers);
    return { answer, body: await this.http.json(answer, this.endpoint) };
  }

  private send(form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>): Promise<Response> {
    const type = 'application/x-www-form-urlencoded';
    return this.http.request(this.endpoint, {
      method: 'POST',
      headers: { 'content-type': type, accept: 'application/json', ...headers },
      body: new URLSearchParams(form).toString(),
    });
  }

  private read(answer: Response, body: JsonObject, previous: string | undefined): Tokens {
    const { access_token: accessToken, token_type: type, expires_in: lifetime, scope } = body;
    if (!answer.ok) {
      throw this.complaints.about(`${this.endpoint} answers ${answer.status} ${JSON.stringify(body)}`);
    }
    if (typeof accessToken !== 'string' || accessToken === '') {
      throw this.complaints.about(`${this.endpoint} gives it no access_token`);
    }
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      throw this.complaints.about(`${this.endpoint} gives it a token of the type ${JSON.stringify(type)}`);
    }
    if (lifetime !== undefined && !Number.isFinite(Number(lifetime))) {
      throw this.complaints.about(`${this.endpoint} has no number in expires_in`);
    }
    const next = body['refresh_token'];
    return {
      accessToken,
      refreshToken: typeof next === 'string' ? next : previous,
      scope: typeof scope === 'string' ? scope : undefined,
    };
  }
}
