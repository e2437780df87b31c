import { createHash } from 'node:crypto';
import { readConsentForm, refreshTarget } from './browser.js';
import { REDIRECT_URI } from './oauth-walk.js';
import { type RawAnswer, rawRequest, type RawRequest } from './raw-http.js';

/** One step of the flow as it went over the wire, with everything random put out of sight. */
export interface RecordedStep {
  readonly step: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const EVIL = ['Origin', 'https://evil.example'] as const;

/** A client's whole life against a host: every endpoint, refusals included, each answer kept. */
export class RecordedFlow {
  readonly steps: RecordedStep[] = [];
  private readonly cookies = new Map<string, string>();

  constructor(
    private readonly origin: string,
    private readonly mcpPath: string,
  ) {}

  async run(): Promise<readonly RecordedStep[]> {
    await this.discover();
    const clientId = await this.register();
    const code = await this.authorize(clientId);
    const token = await this.exchange(clientId, code);
    await this.challenges(token);
    return this.steps;
  }

  private async discover(): Promise<void> {
    for (const path of [
      'oauth-protected-resource',
      `oauth-protected-resource${this.mcpPath}`,
      'oauth-authorization-server',
      'openid-configuration',
      'jwks.json',
      'oauth-authorization-server/nowhere',
    ]) {
      await this.send('document', { target: `/.well-known/${path}` });
      await this.send('document', { target: `/.well-known/${path}`, headers: [EVIL] });
      await this.send('document', { method: 'HEAD', target: `/.well-known/${path}` });
      await this.send('document', { method: 'POST', target: `/.well-known/${path}`, headers: [JSON_TYPE], body: '{' });
      await this.send('document', { method: 'OPTIONS', target: `/.well-known/${path}`, headers: [EVIL] });
    }
  }

  private async register(): Promise<string> {
    const post = (body: string, ...headers: (readonly [string, string])[]) =>
      this.send('register', { method: 'POST', target: '/oauth/register', headers: [JSON_TYPE, ...headers], body });
    await post('{');
    await post('[]');
    await post(`{"client_name":"${'x'.repeat(40_000)}"}`);
    await post('{}', ['Content-Encoding', 'gzip']);
    await post('{"redirect_uris":["http://insecure.example/"],"token_endpoint_auth_method":"none"}');
    const metadata = {
      client_name: 'Recorded client',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      unknown_member: { deep: [1] },
    };
    const answer = await post(JSON.stringify(metadata), ['Sec-Fetch-Site', 'cross-site'], EVIL);
    return (JSON.parse(answer.text) as { client_id: string }).client_id;
  }

  private async authorize(clientId: string): Promise<string> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      state: 'st&te',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      unknown_parameter: 'x',
    }).toString();
    await this.send('authorize', { target: '/oauth/authorize' });
    await this.send('authorize', { target: `/oauth/authorize?${query}&client_id=twice` });
    await this.send('authorize', { target: `/oauth/authorize?${query}&prompt=none` });
    await this.send('authorize', { method: 'POST', target: '/oauth/authorize', headers: [JSON_TYPE], body: '{"a":' });
    await this.send('authorize', { method: 'DELETE', target: '/oauth/authorize', headers: [EVIL] });
    await this.send('authorize', { target: `/oauth/authorize?${query}`, headers: [EVIL] });
    this.cookies.clear();
    // A form of the client's own page: cross-site, and no business of the host's CSRF protection.
    const crossSite = ['Sec-Fetch-Site', 'cross-site'] as const;
    const form = { method: 'POST', target: '/oauth/authorize', body: query } as const;
    const toResume = await this.send('authorize by form', { ...form, headers: [FORM, crossSite] });
    const resume = toResume.header('location') ?? '';
    await this.send('resume', { target: resume });
    this.cookies.set('session', 'ada');
    const page = await this.send('consent', { target: resume });
    const { action, fields, scopes } = readConsentForm(page.text);
    const decision = new URLSearchParams({ ...fields, approved: 'true' });
    for (const scope of scopes) decision.append('scopes', scope);
    await this.send('approve', { method: 'POST', target: action, headers: [FORM], body: 'approved=true' });
    await this.send('approve', { method: 'POST', target: action, headers: [JSON_TYPE], body: '{"approved":true}' });
    const post = { method: 'POST', target: action, headers: [FORM], body: decision.toString() } as const;
    const decided = await this.send('approve', post);
    await this.send('approve', post);
    return new URL(refreshTarget(decided.text) ?? 'none:').searchParams.get('code') ?? '';
  }

  private async exchange(clientId: string, code: string): Promise<string> {
    const post = async (form: Record<string, string>, ...headers: (readonly [string, string])[]) =>
      this.send('token', {
        method: 'POST',
        target: '/oauth/token',
        headers: [FORM, ...headers],
        body: new URLSearchParams(form).toString(),
      });
    await this.send('token', {
      method: 'POST',
      target: '/oauth/token',
      headers: [JSON_TYPE],
      body: '{"grant_type":1}',
    });
    await this.send('token', { method: 'OPTIONS', target: '/oauth/token', headers: [EVIL] });
    await post({ grant_type: 'password', client_id: clientId });
    await post({ grant_type: 'authorization_code', client_id: 'nobody' });
    await post({ grant_type: 'authorization_code', client_id: clientId }, ['Authorization', 'Basic eDp5']);
    const grant = { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: VERIFIER };
    const first = await post(grant, EVIL, ['Sec-Fetch-Site', 'cross-site']);
    const { refresh_token: refreshToken = '' } = JSON.parse(first.text) as { refresh_token?: string };
    const second = await post({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
    await post(grant);
    return (JSON.parse(second.text) as { access_token: string }).access_token;
  }

  private async challenges(token: string): Promise<void> {
    const bearer = ['Authorization', `Bearer ${token}`] as const;
    for (const method of ['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS']) {
      await this.send('challenge', { method, target: this.mcpPath });
      await this.send('challenge', { method, target: this.mcpPath, headers: [EVIL] });
      await this.send('challenge', { method, target: this.mcpPath, headers: [['Authorization', 'Bearer x']] });
    }
    const preflight = [EVIL, ['Access-Control-Request-Method', 'POST']] as const;
    await this.send('preflight', { method: 'OPTIONS', target: this.mcpPath, headers: preflight });
    await this.send('challenge', { method: 'POST', target: this.mcpPath, headers: [JSON_TYPE], body: '{' });
    await this.send('two tokens', { target: this.mcpPath, headers: [bearer, bearer] });
  }

  private async send(step: string, request: RawRequest): Promise<RawAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = [...(request.headers ?? []), ...(cookie === '' ? [] : [['Cookie', cookie] as const])];
    const answer = await rawRequest(this.origin, { ...request, headers });
    for (const [name, value] of answer.headers) {
      const [, key = '', set = ''] = /^([^=;]+)=([^;]*)/.exec(value) ?? [];
      if (name.toLowerCase() === 'set-cookie') this.cookies.set(key, set);
    }
    this.steps.push(steady(`${step}: ${request.method ?? 'GET'} ${request.target}`, answer));
    return answer;
  }
}

/** The record of an answer: what is random has gone, what is not has stayed. */
function steady(step: string, { status, headers, text }: RawAnswer): RecordedStep {
  const lines = headers
    .filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name.toLowerCase()))
    .map(([name, value]) => withoutIds(`${name}: ${value}`))
    .toSorted();
  return { step: withoutIds(step), status, headers: lines, text: withoutIds(text) };
}

function withoutIds(text: string): string {
  return text
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<jwt>')
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>')
    .replaceAll(/(?<![\w-])(?!v{43})[\w-]{43}(?![\w-])/g, '<token>')
    .replaceAll(/"client_id_issued_at":\d+/g, '"client_id_issued_at":<time>')
    .replaceAll(/(?<=%3D)[\w-]{43}(?![\w-])/g, '<token>');
}
