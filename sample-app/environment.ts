import { isAbsolute, resolve } from 'node:path';

export type HttpAdapterName = 'express' | 'fastify';

export type DatabaseTarget =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'mariadb'; readonly url: string };

/** Everything this application takes from `process.env`, checked. The library itself never reads it. */
export interface Environment {
  readonly production: boolean;
  readonly httpAdapter: HttpAdapterName;
  readonly host: string;
  readonly port: number;
  /** Public origin; `undefined` only when the port is left to the operating system. */
  readonly baseUrl: string | undefined;
  readonly database: DatabaseTarget;
  readonly hmacSecret: string | undefined;
  readonly mcpServerPath: string;
  /** A path on this origin or an absolute https URL. */
  readonly mcpDocsUrl: string;
  readonly authorizationServerUrl: string | undefined;
  /** In seconds; a test switch. */
  readonly accessTokenLifetime: number | undefined;
  /** For how long a retired refresh token gets its answer again, in seconds; a test switch. */
  readonly refreshReuseWindow: number | undefined;
  /** Client metadata documents from `https://localhost`; a test switch. */
  readonly allowLoopbackClientDocuments: boolean;
  /** Off is a test switch. */
  readonly rateLimit: 'on' | 'off';
}

/** Injection token of the one `Environment`. */
export const ENVIRONMENT = Symbol('ENVIRONMENT');

/** The environment asks for something that this application cannot or must not do. Nothing starts. */
export class EnvironmentError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

type Source = Readonly<Record<string, string | undefined>>;

/** Reads variables and gathers every complaint, so that one start tells all of them. An empty variable counts as unset. */
class Variables {
  readonly problems: string[] = [];

  constructor(private readonly source: Source) {}

  text(name: string): string | undefined {
    const value = this.source[name]?.trim();
    return value === '' ? undefined : value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const match = allowed.find((candidate) => candidate === value);
    if (match !== undefined) return match;
    this.complain(`${name} must be ${allowed.join(' or ')}, not "${value}"`);
    return fallback;
  }

  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    this.complain(`${name} must be a whole number from ${range.min} to ${range.max}, not "${value}"`);
    return undefined;
  }

  complain(problem: string): void {
    this.problems.push(problem);
  }
}

/** Reads and checks the environment once, at start. */
export function readEnvironment(source: Source): Environment {
  const variables = new Variables(source);
  const host = variables.text('HOST') ?? '127.0.0.1';
  const port = variables.integer('PORT', { min: 0, max: 65_535 }) ?? 3000;
  const baseUrl = readBaseUrl(variables, host, port);
  const production = variables.text('NODE_ENV') === 'production';
  const mcpServerPath = readServerPath(variables);
  const environment: Environment = {
    production,
    httpAdapter: variables.oneOf('HTTP_ADAPTER', ['express', 'fastify'], 'express'),
    host,
    port,
    baseUrl,
    database: readDatabase(variables),
    hmacSecret: variables.text('MCP_HMAC_SECRET'),
    mcpServerPath,
    mcpDocsUrl: readDocsUrl(variables, mcpServerPath, baseUrl),
    authorizationServerUrl: variables.text('MCP_AUTHORIZATION_SERVER_URL'),
    accessTokenLifetime: variables.integer('MCP_ACCESS_TOKEN_LIFETIME', { min: 1, max: 86_400 }),
    refreshReuseWindow: variables.integer('MCP_REFRESH_REUSE_WINDOW', { min: 0, max: 60 }),
    allowLoopbackClientDocuments: variables.oneOf('MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS', ['0', '1'], '0') === '1',
    rateLimit: variables.oneOf('MCP_RATE_LIMIT', ['on', 'off'], 'on'),
  };
  refuseSwitchesInPublic(variables, !production && isLoopback(host) && isLoopbackUrl(baseUrl));
  refuseWhatIsNotBuilt(variables);
  if (variables.problems.length > 0) throw new EnvironmentError(variables.problems);
  return environment;
}

/** Whether this name or address can only be reached from the same machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** `http://host:port`, with the brackets that an IPv6 address needs. */
export function httpOrigin(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isLoopbackUrl(url: string | undefined): boolean {
  return url === undefined || (URL.canParse(url) && isLoopback(new URL(url).hostname));
}

function readBaseUrl(variables: Variables, host: string, port: number): string | undefined {
  const value = variables.text('MCP_BASE_URL');
  // Left out, the module takes the address it listens on, which it does for loopback only.
  if (value === undefined) return isLoopback(host) && port !== 0 ? httpOrigin(host, port) : undefined;
  if (URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value) return value;
  variables.complain(
    `MCP_BASE_URL must be an origin such as https://notes.example.com, without path or trailing slash, not "${value}"`,
  );
  return undefined;
}

/** Paths of this application that the MCP server cannot take over. */
const TAKEN = ['/login', '/logout', '/oauth', '/other', '/.well-known'];

function readServerPath(variables: Variables): string {
  const value = variables.text('MCP_SERVER_PATH') ?? '/mcp';
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(value)) {
    variables.complain(`MCP_SERVER_PATH must be a path such as /mcp, without trailing slash, not "${value}"`);
  } else if (TAKEN.some((path) => value === path || value.startsWith(`${path}/`))) {
    variables.complain(`MCP_SERVER_PATH ${value} is taken by another page of this application`);
  }
  return value;
}

function readDocsUrl(variables: Variables, mcpServerPath: string, baseUrl: string | undefined): string {
  const given = variables.text('MCP_DOCS_URL') ?? `${mcpServerPath}/docs`;
  // A full URL of our own is a route of ours all the same.
  const value = baseUrl !== undefined && given.startsWith(`${baseUrl}/`) ? given.slice(baseUrl.length) : given;
  const isPath = /^(\/[A-Za-z0-9._~-]+)+$/.test(value);
  if (!isPath && !(URL.canParse(value) && /^https?:\/\//.test(value))) {
    variables.complain(`MCP_DOCS_URL must be a path such as /mcp/docs or an absolute URL, not "${value}"`);
  } else if (value === mcpServerPath) {
    variables.complain(
      'MCP_DOCS_URL must differ from MCP_SERVER_PATH: the documentation is open, the MCP server is not',
    );
  }
  return value;
}

function readDatabase(variables: Variables): DatabaseTarget {
  const value = variables.text('DATABASE_URL') ?? 'sqlite:./data/sample.sqlite';
  if (/^postgres(ql)?:\/\//.test(value)) return { kind: 'postgres', url: value };
  if (/^(mysql|mariadb):\/\//.test(value)) return { kind: 'mariadb', url: value };
  const path = /^sqlite:(?!\/\/)(.+)$/.exec(value)?.[1];
  if (path === ':memory:') return { kind: 'sqlite', path };
  if (path !== undefined) return { kind: 'sqlite', path: isAbsolute(path) ? path : resolve(path) };
  // The value may hold a password, so it is not repeated here.
  variables.complain('DATABASE_URL must be sqlite:PATH, postgres://… or mysql://…');
  return { kind: 'sqlite', path: ':memory:' };
}

/** These loosen a protection, or exist for tests only: one machine talking to itself may use them, nobody else. */
const TEST_SWITCHES = [
  'MCP_RATE_LIMIT',
  'MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS',
  'MCP_REFRESH_REUSE_WINDOW',
  'MCP_ACCESS_TOKEN_LIFETIME',
];

function refuseSwitchesInPublic(variables: Variables, private_: boolean): void {
  if (private_) return;
  for (const name of TEST_SWITCHES.filter((candidate) => ![undefined, 'on'].includes(variables.text(candidate)))) {
    variables.complain(
      `${name} is a switch for tests: HOST and MCP_BASE_URL must both be loopback and NODE_ENV not "production"`,
    );
  }
}

/** A switch whose feature this version lacks must not be swallowed: whoever set it would believe that it works. */
function refuseWhatIsNotBuilt(variables: Variables): void {
  const supported: Readonly<Record<string, readonly string[]>> = {
    MCP_SIGNING_ALGORITHM: ['HS256'],
  };
  for (const [name, values] of Object.entries(supported)) {
    const value = variables.text(name);
    if (value === undefined || values.includes(value)) continue;
    variables.complain(
      `${name}=${value} asks for something this version cannot do yet; leave it out (or ${values[0]})`,
    );
  }
}
