import { createHash, randomBytes } from 'node:crypto';
import { type AdapterName, startTestApp, type TestApp, type TestAppOptions } from '../test-app.js';
import { ForgedClientKeys } from '../forged-assertions.js';
import { type Draft, toWire, valueOf } from './draft.js';
import { type SeededRandom } from './random.js';
import { Wire, type WireAnswer } from './wire.js';

export const REDIRECT_URI = 'https://client.example/callback?tenant=7';
export const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];

export const TABLES = [
  'mcp_auth_clients',
  'mcp_auth_pending_authorizations',
  'mcp_auth_grants',
  'mcp_auth_authorization_codes',
  'mcp_auth_refresh_tokens',
  'mcp_auth_revocations',
  'mcp_auth_used_assertions',
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
  'code of a client with keys',
  'refresh',
  'refresh again',
  'revoke',
  'revoke of a confidential client',
  'introspect',
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
  /** The refresh token that took the place of `refreshToken`. */
  readonly successor?: string;
  readonly accessToken?: string;
  /** What the tokens were redeemed with. */
  readonly redemption?: Draft;
  /** Let through until this request is accepted, and never after. */
  readonly stops?: Draft;
  /** Whether an answer is the success of this kind. */
  readonly accepts: (answer: WireAnswer) => boolean;
  /** Sent again, it succeeds again. */
  readonly repeatable: boolean;
}

export interface RegisteredClient {
  readonly id: string;
  readonly secret?: string;
  /** A new assertion each time, as the parameters of a form. */
  readonly prove?: () => Readonly<Record<string, string>>;
}

/** Seconds in which a refresh is answered again: as long as may be, because the clock of a busy machine runs on. */
export const REPLAY_WINDOW = 60;

export type Method = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** One application with clients, and every kind of valid request to it. */
export class World {
  readonly secrets = new Set<string>();
  readonly browser = randomBytes(32).toString('base64url');
  /** Keys of the client that signs. */
  readonly keys = new ForgedClientKeys();
  private readonly clients = new Map<Method | 'another', RegisteredClient>();

  private constructor(
    readonly host: TestApp,
    readonly wire: Wire,
    readonly random: SeededRandom,
  ) {}

  static async start(
    adapter: AdapterName,
    random: SeededRandom,
    options: TestAppOptions['options'] = {},
  ): Promise<World> {
    const refresh = { replayWindowSeconds: REPLAY_WINDOW };
    const host = await startTestApp({ adapter, options: { refresh, ...options } });
    const world = new World(host, new Wire(host.origin), random);
    for (const method of ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const)
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

  /** Rows of every table. */
  async counts(): Promise<Record<Table, number>> {
    const columns = TABLES.map((table) => `(SELECT COUNT(*) FROM ${table}) AS ${table}`);
    const [row] = await this.host.dataSource.query<Record<Table, number>[]>(`SELECT ${columns.join(', ')}`);
    return row as Record<Table, number>;
  }

  /** Grants that ended, each with its reason. */
  async endedGrants(): Promise<ReadonlyMap<string, string | null>> {
    const rows = await this.host.dataSource.query<{ id: string; revoked_reason: string | null }[]>(
      'SELECT id, revoked_reason FROM mcp_auth_grants WHERE revoked_at IS NOT NULL',
    );
    return new Map(rows.map(({ id, revoked_reason }) => [id, revoked_reason]));
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

  remember(...secrets: (string | undefined)[]): void {
    for (const secret of secrets) if (secret) this.secrets.add(secret);
  }

  registration(method: Method): Draft {
    const json = {
      client_name: `Client ${this.random.word()}`,
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: method,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'mcp:read mcp:write',
      client_uri: 'https://client.example',
      contacts: ['ops@client.example'],
      ...(method === 'private_key_jwt' ? { jwks: this.keys.jwks } : {}),
    };
    return { method: 'POST', path: '/oauth/register', query: [], headers: [JSON_TYPE], json };
  }

  /** Another client that signs, with these keys. */
  async registerKeys(jwks: object): Promise<string> {
    const draft = this.registration('private_key_jwt');
    const answer = await this.send({ ...draft, json: { ...(draft.json as object), jwks } });
    return (JSON.parse(answer.text) as { client_id: string }).client_id;
  }

  private async register(method: Method): Promise<RegisteredClient> {
    const answer = await this.send(this.registration(method));
    const { client_id: id, client_secret: secret } = JSON.parse(answer.text) as {
      client_id: string;
      client_secret?: string;
    };
    this.remember(secret);
    if (method === 'private_key_jwt') return { id, prove: () => this.keys.ec.form(id, this.host.origin) };
    return { id, ...(secret === undefined ? {} : { secret }) };
  }
}

/** The access token a valid request carries or goes with. */
export const accessTokenOf = ({ accessToken = '' }: Valid): string => accessToken;

export const clientIdOf = (valid: Valid): string => valid.clientId ?? valueOf(valid.draft.form ?? [], 'client_id');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
