import { createHash, randomBytes } from 'node:crypto';
import { readConsentForm, refreshTarget } from '../browser.js';
import { pair } from './draft.js';
import type { WireAnswer } from './wire.js';
import { JSON_TYPE, type Kind, type Method, REDIRECT_URI, type Valid, type World } from './world.js';

const FORM_TYPE: readonly [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];

/** Makes requests of every kind that are in order, each with all the steps that have to come before it. */
export class ValidRequests {
  constructor(private readonly world: World) {}

  of(kind: Kind): Promise<Valid> {
    switch (kind) {
      case 'register':
        return Promise.resolve({
          kind,
          draft: this.world.registration('none'),
          accepts: status(201),
          repeatable: true,
        });
      case 'authorize':
        return Promise.resolve(this.authorization(this.world.client('none').id));
      case 'authorize by form':
        return Promise.resolve(this.authorizationByForm());
      case 'resume':
        return this.resume();
      case 'approve':
        return this.approve(this.world.client('none').id);
      case 'code':
        return this.code('none');
      case 'code of a confidential client':
        return this.code('client_secret_basic');
      case 'refresh':
        return this.refresh();
      case 'mcp':
        return this.mcp();
    }
  }

  private parameters(clientId: string, verifier: string): readonly string[] {
    return [
      pair('response_type', 'code'),
      pair('client_id', clientId),
      pair('redirect_uri', REDIRECT_URI),
      pair('state', `state-${this.world.random.below(1_000_000)}`),
      pair('code_challenge', createHash('sha256').update(verifier).digest('base64url')),
      pair('code_challenge_method', 'S256'),
      pair('scope', 'mcp:read mcp:write'),
      pair('resource', this.world.resource),
      pair('nonce', 'a-nonce'),
      pair('prompt', 'consent'),
      pair('max_age', '3600'),
    ];
  }

  private authorization(clientId: string, verifier = 'x'): Valid {
    this.world.host.users.authTime = Math.floor(this.world.host.clock.now() / 1000);
    const draft = {
      method: 'GET',
      path: '/oauth/authorize',
      query: this.parameters(clientId, verifier),
      headers: [['Cookie', this.world.cookies]] as const,
    };
    return { kind: 'authorize', draft, clientId, accepts: isConsentPage, repeatable: true };
  }

  private authorizationByForm(): Valid {
    const { draft, clientId } = this.authorization(this.world.client('none').id);
    const form = { ...draft, method: 'POST', query: [], form: draft.query, headers: [...draft.headers, FORM_TYPE] };
    const accepts = (answer: WireAnswer) =>
      answer.status === 303 &&
      (answer.headers.get('location')?.[0] ?? '').startsWith('/oauth/authorize/resume?request=');
    return { kind: 'authorize by form', draft: form, ...(clientId && { clientId }), accepts, repeatable: true };
  }

  private async consentForm(clientId: string, verifier: string) {
    const page = await this.world.send(this.authorization(clientId, verifier).draft);
    if (!isConsentPage(page)) throw new Error(`no consent page: ${page.status} ${page.text.slice(0, 200)}`);
    const { fields, scopes } = readConsentForm(page.text);
    this.world.remember(fields['csrf_token'], fields['request']);
    return { fields, scopes };
  }

  private async resume(): Promise<Valid> {
    const clientId = this.world.client('none').id;
    const { fields } = await this.consentForm(clientId, 'x');
    const handle = fields['request'] ?? '';
    const draft = {
      method: 'GET',
      path: '/oauth/authorize/resume',
      query: [pair('request', handle)],
      headers: [['Cookie', this.world.cookies]] as const,
    };
    return { kind: 'resume', draft, clientId, handle, accepts: isConsentPage, repeatable: true };
  }

  private async approve(clientId: string, verifier = 'x'): Promise<Valid> {
    const { fields, scopes } = await this.consentForm(clientId, verifier);
    const form = [
      ...Object.entries(fields).map(([name, value]) => pair(name, value)),
      ...scopes.map((scope) => pair('scopes', scope)),
      pair('approved', 'true'),
    ];
    const headers = [['Cookie', this.world.cookies], FORM_TYPE] as const;
    const draft = { method: 'POST', path: '/oauth/approve', query: [], form, headers };
    const accepts = (answer: WireAnswer) => codeIn(answer) !== null;
    return { kind: 'approve', draft, clientId, handle: fields['request'] ?? '', accepts, repeatable: false };
  }

  private async code(method: Method): Promise<Valid> {
    const { id: clientId, secret } = this.world.client(method);
    const verifier = randomBytes(32).toString('base64url');
    const approval = await this.approve(clientId, verifier);
    const code = codeIn(await this.world.send(approval.draft)) ?? '';
    this.world.remember(code, verifier);
    const form = [
      pair('grant_type', 'authorization_code'),
      pair('code', code),
      pair('code_verifier', verifier),
      pair('redirect_uri', REDIRECT_URI),
      pair('resource', this.world.resource),
      ...(method === 'client_secret_basic' ? [] : [pair('client_id', clientId)]),
    ];
    const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
    const headers = [FORM_TYPE, ...(secret === undefined ? [] : [['Authorization', `Basic ${basic}`] as const])];
    const draft = { method: 'POST', path: '/oauth/token', query: [], form, headers };
    const kind = secret === undefined ? 'code' : 'code of a confidential client';
    return {
      kind,
      draft,
      clientId,
      ...(secret && { clientSecret: secret }),
      code,
      accepts: status(200),
      repeatable: false,
    };
  }

  private async tokens(): Promise<{ clientId: string; accessToken: string; refreshToken: string }> {
    const redemption = await this.code('none');
    const answer = await this.world.send(redemption.draft);
    const body = JSON.parse(answer.text) as { access_token: string; refresh_token: string };
    this.world.remember(body.access_token, body.refresh_token);
    return { clientId: redemption.clientId ?? '', accessToken: body.access_token, refreshToken: body.refresh_token };
  }

  private async refresh(): Promise<Valid> {
    const { clientId, refreshToken } = await this.tokens();
    const form = [
      pair('grant_type', 'refresh_token'),
      pair('refresh_token', refreshToken),
      pair('client_id', clientId),
      pair('scope', 'mcp:read mcp:write'),
      pair('resource', this.world.resource),
    ];
    const draft = { method: 'POST', path: '/oauth/token', query: [], form, headers: [FORM_TYPE] };
    return { kind: 'refresh', draft, clientId, refreshToken, accepts: status(200), repeatable: false };
  }

  private async mcp(): Promise<Valid> {
    const { clientId, accessToken } = await this.tokens();
    const draft = {
      method: 'POST',
      path: '/mcp',
      query: [],
      headers: [['Authorization', `Bearer ${accessToken}`], JSON_TYPE] as const,
      json: { jsonrpc: '2.0', id: 1, method: 'ping' },
    };
    const accepts = ({ status: code, text }: WireAnswer) => code < 300 && text.includes('"reached":"mcp"');
    return { kind: 'mcp', draft, clientId, accepts, repeatable: true };
  }
}

function status(expected: number): (answer: WireAnswer) => boolean {
  return (answer) => answer.status === expected;
}

function isConsentPage(answer: WireAnswer): boolean {
  return answer.status === 200 && answer.text.includes('name="csrf_token"');
}

function codeIn(answer: WireAnswer): string | null {
  const target = answer.status === 200 ? refreshTarget(answer.text) : undefined;
  return target === undefined ? null : new URL(target).searchParams.get('code');
}
