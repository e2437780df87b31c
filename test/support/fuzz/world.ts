import { createHash, randomBytes } from 'node:crypto';
import { readConsentForm, refreshTarget } from '../browser.js';
import { type AdapterName, startTestApp, type TestApp } from '../test-app.js';
import { type Draft, pair, toWire, valueOf } from './draft.js';
import { type SeededRandom } from './random.js';
import { Wire, type WireAnswer } from './wire.js';

export const REDIRECT_URI = 'https://client.example/callback?tenant=7';
const FORM_TYPE: readonly [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];
const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];

export const TABLES = [
  'mcp_auth_clients',
  'mcp_auth_pending_authorizations',
  'mcp_auth_grants',
  'mcp_auth_authorization_codes',
  'mcp_auth_refresh_tokens',
] as const;
export type Table = (typeof TABLES)[number];

export const KINDS = [
  'register',
  'authorize',
  'authorize by form',
  'resume',
  'approve',
  'code',
  'code of a confidential client',
  'refresh',
  'mcp',
] as const;
export type Kind = (typeof KINDS)[number];

/** A request that is in order, and what it hangs on. */
export interface Valid {
  readonly kind: Kind;
  readonly draft: Draft;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly handle?: string;
  readonly code?: string;
  readonly refreshToken?: string;
  /** Whether an answer is the success of this kind. */
  readonly accepts: (answer: WireAnswer) => boolean;
  /** Sent again, it succeeds again. */
  readonly repeatable: boolean;
}

export interface RegisteredClient {
  readonly id: string;
  readonly secret?: string;
}

type Method = 'none' | 'client_secret_basic' | 'client_secret_post';

/** One application with clients, and every kind of valid request to it. */
export class World {
  readonly secrets = new Set<string>();
  readonly browser = randomBytes(32).toString('base64url');
  private readonly clients = new Map<Method | 'another', RegisteredClient>();

  private constructor(
    readonly host: TestApp,
    readonly wire: Wire,
    readonly random: SeededRandom,
  ) {}

  static async start(adapter: AdapterName, random: SeededRandom): Promise<World> {
    const host = await startTestApp({ adapter });
    const world = new World(host, new Wire(host.origin), random);
    for (const method of ['none', 'client_secret_basic', 'client_secret_post'] as const)
      world.clients.set(method, await world.register(method));
    world.clients.set('another', await world.register('none'));
    world.remember(host.secret, world.browser);
    return world;
  }

  async close(): Promise<void> {
    this.wire.close();
    await this.host.close();
  }

  client(of: Method | 'another'): RegisteredClient {
    return this.clients.get(of) as RegisteredClient;
  }

  get resource(): string {
    return `${this.host.origin}/mcp`;
  }

  get cookies(): string {
    return `mcp_auth=${this.browser}; session=ada`;
  }

  send(draft: Draft): Promise<WireAnswer> {
    return this.wire.send(toWire(draft));
  }

  valid(kind: Kind): Promise<Valid> {
    switch (kind) {
      case 'register':
        return Promise.resolve({ kind, draft: this.registration('none'), accepts: status(201), repeatable: true });
      case 'authorize':
        return Promise.resolve(this.authorization(this.client('none').id));
      case 'authorize by form':
        return Promise.resolve(this.authorizationByForm());
      case 'resume':
        return this.resume();
      case 'approve':
        return this.approve(this.client('none').id);
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

  /** Rows of every table. */
  async counts(): Promise<Record<Table, number>> {
    const columns = TABLES.map((table) => `(SELECT COUNT(*) FROM ${table}) AS ${table}`);
    const [row] = await this.host.dataSource.query<Record<Table, number>[]>(`SELECT ${columns.join(', ')}`);
    return row as Record<Table, number>;
  }

  /** Everything stored, as one text to compare; pending requests aside, which count the visits to the login page. */
  async contents(): Promise<string> {
    const tables = TABLES.filter((table) => table !== 'mcp_auth_pending_authorizations');
    const rows = await Promise.all(
      tables.map((table) => this.host.dataSource.query(`SELECT * FROM ${table} ORDER BY id`)),
    );
    return JSON.stringify(rows);
  }

  /** Changes a row behind the application's back, as time or an operator would; the answer changes it back. */
  async change(
    table: Table,
    where: Record<string, string>,
    values: Record<string, unknown>,
  ): Promise<() => Promise<void>> {
    const { dataSource } = this.host;
    const [[column, key] = ['', '']] = Object.entries(where);
    const [before] = await dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${table} WHERE ${column} = ?`, [
      key,
    ]);
    if (!before) throw new Error(`no row of ${table} to change`);
    const update = async (to: Record<string, unknown>) => {
      const names = Object.keys(values);
      const assignments = names.map((name) => `${name} = ?`).join(', ');
      await dataSource.query(`UPDATE ${table} SET ${assignments} WHERE ${column} = ?`, [
        ...names.map((name) => to[name]),
        key,
      ]);
    };
    await update(values);
    return () => update(before);
  }

  private remember(...secrets: (string | undefined)[]): void {
    for (const secret of secrets) if (secret) this.secrets.add(secret);
  }

  private registration(method: Method): Draft {
    const json = {
      client_name: `Client ${this.random.word()}`,
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: method,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'mcp:read mcp:write',
      client_uri: 'https://client.example',
      contacts: ['ops@client.example'],
    };
    return { method: 'POST', path: '/oauth/register', query: [], headers: [JSON_TYPE], json };
  }

  private async register(method: Method): Promise<RegisteredClient> {
    const answer = await this.send(this.registration(method));
    const { client_id: id, client_secret: secret } = JSON.parse(answer.text) as {
      client_id: string;
      client_secret?: string;
    };
    this.remember(secret);
    return { id, ...(secret === undefined ? {} : { secret }) };
  }

  private parameters(clientId: string, verifier: string): readonly string[] {
    return [
      pair('response_type', 'code'),
      pair('client_id', clientId),
      pair('redirect_uri', REDIRECT_URI),
      pair('state', `state-${this.random.below(1_000_000)}`),
      pair('code_challenge', createHash('sha256').update(verifier).digest('base64url')),
      pair('code_challenge_method', 'S256'),
      pair('scope', 'mcp:read mcp:write'),
      pair('resource', this.resource),
      pair('nonce', 'a-nonce'),
      pair('prompt', 'consent'),
      pair('max_age', '3600'),
    ];
  }

  private authorization(clientId: string, verifier = 'x'): Valid {
    this.host.users.authTime = Math.floor(this.host.clock.now() / 1000);
    const draft = {
      method: 'GET',
      path: '/oauth/authorize',
      query: this.parameters(clientId, verifier),
      headers: [['Cookie', this.cookies]] as const,
    };
    return { kind: 'authorize', draft, clientId, accepts: isConsentPage, repeatable: true };
  }

  private authorizationByForm(): Valid {
    const { draft, clientId } = this.authorization(this.client('none').id);
    const form = { ...draft, method: 'POST', query: [], form: draft.query, headers: [...draft.headers, FORM_TYPE] };
    const accepts = (answer: WireAnswer) =>
      answer.status === 303 &&
      (answer.headers.get('location')?.[0] ?? '').startsWith('/oauth/authorize/resume?request=');
    return { kind: 'authorize by form', draft: form, ...(clientId && { clientId }), accepts, repeatable: true };
  }

  private async consentForm(clientId: string, verifier: string) {
    const page = await this.send(this.authorization(clientId, verifier).draft);
    if (!isConsentPage(page)) throw new Error(`no consent page: ${page.status} ${page.text.slice(0, 200)}`);
    const { fields, scopes } = readConsentForm(page.text);
    this.remember(fields['csrf_token'], fields['request']);
    return { fields, scopes };
  }

  private async resume(): Promise<Valid> {
    const clientId = this.client('none').id;
    const { fields } = await this.consentForm(clientId, 'x');
    const handle = fields['request'] ?? '';
    const draft = {
      method: 'GET',
      path: '/oauth/authorize/resume',
      query: [pair('request', handle)],
      headers: [['Cookie', this.cookies]] as const,
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
    const headers = [['Cookie', this.cookies], FORM_TYPE] as const;
    const draft = { method: 'POST', path: '/oauth/approve', query: [], form, headers };
    const accepts = (answer: WireAnswer) => codeIn(answer) !== null;
    return { kind: 'approve', draft, clientId, handle: fields['request'] ?? '', accepts, repeatable: false };
  }

  private async code(method: Method): Promise<Valid> {
    const { id: clientId, secret } = this.client(method);
    const verifier = randomBytes(32).toString('base64url');
    const approval = await this.approve(clientId, verifier);
    const code = codeIn(await this.send(approval.draft)) ?? '';
    this.remember(code, verifier);
    const form = [
      pair('grant_type', 'authorization_code'),
      pair('code', code),
      pair('code_verifier', verifier),
      pair('redirect_uri', REDIRECT_URI),
      pair('resource', this.resource),
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
    const answer = await this.send(redemption.draft);
    const body = JSON.parse(answer.text) as { access_token: string; refresh_token: string };
    this.remember(body.access_token, body.refresh_token);
    return { clientId: redemption.clientId ?? '', accessToken: body.access_token, refreshToken: body.refresh_token };
  }

  private async refresh(): Promise<Valid> {
    const { clientId, refreshToken } = await this.tokens();
    const form = [
      pair('grant_type', 'refresh_token'),
      pair('refresh_token', refreshToken),
      pair('client_id', clientId),
      pair('scope', 'mcp:read mcp:write'),
      pair('resource', this.resource),
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

/** The token a valid MCP request carries. */
export const accessTokenOf = ({ draft }: Valid): string =>
  (draft.headers.find(([name]) => name === 'Authorization')?.[1] ?? '').replace('Bearer ', '');

export const clientIdOf = (valid: Valid): string => valid.clientId ?? valueOf(valid.draft.form ?? [], 'client_id');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

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
