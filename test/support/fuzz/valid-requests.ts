import { createHash, randomBytes } from 'node:crypto';
import { readConsentForm, refreshTarget } from '../browser.js';
import { pair } from './draft.js';
import type { WireAnswer } from './wire.js';
import { FORM_TYPE, formOf, status, TokenRequests, type Tokens } from './token-requests.js';
import { type Kind, type Method, REDIRECT_URI, type Valid, type World } from './world.js';

const foreign = new WeakMap<World, Promise<Tokens>>();

/** Tokens of a client that makes none of the requests. */
export function foreignTokens(world: World): Promise<Tokens> {
  const tokens = foreign.get(world) ?? new ValidRequests(world).tokens('another');
  foreign.set(world, tokens);
  return tokens;
}

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
      case 'code of a client with keys':
        return this.code('private_key_jwt');
      default:
        return this.tokenRequests.of(kind);
    }
  }

  tokens(of: Method | 'another'): Promise<Tokens> {
    return this.tokenRequests.tokens(of);
  }

  private get tokenRequests(): TokenRequests {
    return new TokenRequests(this.world, (of) => this.code(of));
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

  private async code(of: Method | 'another'): Promise<Valid> {
    const { id: clientId, secret, prove } = this.world.client(of);
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
    ];
    const draft = formOf('/oauth/token', form, this.world.client(of));
    const kind =
      prove === undefined
        ? secret === undefined
          ? 'code'
          : 'code of a confidential client'
        : 'code of a client with keys';
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
}

function isConsentPage(answer: WireAnswer): boolean {
  return answer.status === 200 && answer.text.includes('name="csrf_token"');
}

function codeIn(answer: WireAnswer): string | null {
  const target = answer.status === 200 ? refreshTarget(answer.text) : undefined;
  return target === undefined ? null : new URL(target).searchParams.get('code');
}
