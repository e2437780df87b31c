import { type PassingRequest, type Tampering, withJson } from './tampering-proxy.js';

type Change = (body: Record<string, unknown>) => Record<string, unknown>;

const REGISTER = '/oauth/register';
const TOKEN = '/oauth/token';
const AUTHORIZE = '/oauth/authorize';
const SERVER_METADATA = '/.well-known/oauth-authorization-server';
const RESOURCE_METADATA = '/.well-known/oauth-protected-resource/mcp';

const at = (path: string, { url, method }: PassingRequest): boolean => url.pathname === path && method !== 'OPTIONS';

/** Another JSON body of the answers at a path. */
const json = (path: string, change: Change, status?: number): Tampering => ({
  answer: (answer, request) => (at(path, request) ? withJson(answer, change, status) : answer),
});

/** Other headers of the answers at a path. */
const headers = (path: string, change: (headers: Headers, status: number) => void): Tampering => ({
  answer: (answer, request) => {
    if (!at(path, request)) return answer;
    const changed = new Headers(answer.headers);
    change(changed, answer.status);
    return new Response(answer.body, { status: answer.status, headers: changed });
  },
});

/** Requests that are refused, and with what. */
const refusing = (
  path: string,
  isRefused: (request: PassingRequest) => boolean,
  refusal: () => Response,
): Tampering => ({
  request: (request) => (at(path, request) && isRefused(request) ? refusal() : undefined),
});

const form = ({ body }: PassingRequest): URLSearchParams => new URLSearchParams(body);
const oauthError = (error: string, status = 400) => Response.json({ error }, { status });
const page = () => new Response('<h1>No</h1>', { status: 400, headers: { 'content-type': 'text/html' } });

export const nullIn = {
  registration: () => json(REGISTER, (body) => ({ ...body, logo_uri: null })),
  serverMetadata: () => json(SERVER_METADATA, (body) => ({ ...body, service_documentation: null })),
  resourceMetadata: () => json(RESOURCE_METADATA, (body) => ({ ...body, resource_documentation: null })),
  tokens: () => json(TOKEN, (body) => ({ ...body, scope: null })),
};

export const created = (status: number): Tampering => json(REGISTER, (body) => body, status);

export const without = (path: 'registration' | 'server' | 'tokens', name: string): Tampering => {
  const where = { registration: REGISTER, server: SERVER_METADATA, tokens: TOKEN }[path];
  return json(where, ({ [name]: _unused, ...rest }) => rest);
};

export const registrationEcho = (change: Change): Tampering => json(REGISTER, change);
export const tokens = (change: Change): Tampering => json(TOKEN, change);
export const serverMetadata = (change: Change): Tampering => json(SERVER_METADATA, change);
export const resourceMetadata = (change: Change): Tampering => json(RESOURCE_METADATA, change);

export const schemesRefused = (): Tampering =>
  refusing(
    REGISTER,
    ({ body }) => body.includes('"cursor://'),
    () => oauthError('invalid_redirect_uri'),
  );

/** Redirect URIs are compared letter by letter, ports and all. */
export function exactPorts(): Tampering {
  const registered = new Set<unknown>();
  return {
    request: (request) => {
      if (at(REGISTER, request)) {
        const { redirect_uris } = JSON.parse(request.body) as { readonly redirect_uris: readonly string[] };
        redirect_uris.forEach((uri) => registered.add(uri));
      }
      const strange = at(AUTHORIZE, request) && !registered.has(request.url.searchParams.get('redirect_uri'));
      return strange ? page() : undefined;
    },
  };
}

/** Documents are for clients without keys. */
export const documentsRefused = (): Tampering =>
  refusing(AUTHORIZE, ({ url }) => url.searchParams.get('client_id')?.startsWith('https://') === true, page);

/** Every method but `none` is refused, whatever the metadata says. */
export const noneOnly = (): Tampering =>
  refusing(
    TOKEN,
    (request) => form(request).has('client_assertion') || 'authorization' in request.headers,
    () => oauthError('invalid_client', 401),
  );

export const resourceDemandedAtAuthorize = (): Tampering =>
  refusingByRedirect(({ url }) => !url.searchParams.has('resource'), 'invalid_target');

export const unknownScopesRefused = (): Tampering =>
  refusingByRedirect(({ url }) => /offline_access/.test(url.searchParams.get('scope') ?? ''), 'invalid_scope');

function refusingByRedirect(isRefused: (request: PassingRequest) => boolean, error: string): Tampering {
  return {
    request: (request) => {
      if (!at(AUTHORIZE, request) || !isRefused(request)) return undefined;
      const { origin, searchParams } = request.url;
      const answer = new URLSearchParams({ error, state: searchParams.get('state') ?? '', iss: origin });
      const location = `${searchParams.get('redirect_uri') ?? ''}${searchParams.get('redirect_uri')?.includes('?') ? '&' : '?'}`;
      return new Response(null, { status: 302, headers: { location: `${location}${answer.toString()}` } });
    },
  };
}

export const resourceDemandedAtRefresh = (): Tampering =>
  refusing(
    TOKEN,
    (request) => form(request).get('grant_type') === 'refresh_token' && !form(request).has('resource'),
    () => oauthError('invalid_target'),
  );

export const emptySecretRefused = (): Tampering =>
  refusing(
    TOKEN,
    (request) => form(request).get('client_secret') === '',
    () => oauthError('invalid_request'),
  );

/** A refresh token works once, whoever else holds it and whenever. */
export function refreshesOnce(): Tampering {
  const used = new Set<unknown>();
  return refusing(
    TOKEN,
    (request) => {
      const token = form(request).get('refresh_token');
      if (token === null || token === 'forgotten') return false;
      const again = used.has(token);
      used.add(token);
      return again;
    },
    () => oauthError('invalid_grant'),
  );
}

/** Errors in the shape of the framework instead of that of OAuth. */
export const frameworkErrors = (): Tampering => ({
  answer: (answer, request) =>
    at(TOKEN, request) && !answer.ok
      ? Response.json({ statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' }, { status: 401 })
      : answer,
});

export const postOnly = (): Tampering =>
  refusing(
    '/mcp',
    ({ method }) => method === 'GET',
    () => new Response(null, { status: 405, headers: { allow: 'POST' } }),
  );

export const forbidden = (): Tampering =>
  refusing(
    '/mcp',
    ({ headers: sent }) => !('authorization' in sent),
    () => new Response(null, { status: 403 }),
  );

/** Tokens are no use at the MCP server. */
export const tokensRefused = (): Tampering =>
  refusing(
    '/mcp',
    ({ headers: sent }) => 'authorization' in sent,
    () => new Response(null, { status: 401 }),
  );

export const metadataAnswered = (status: number, body: string): Tampering =>
  refusing(
    SERVER_METADATA,
    () => true,
    () => new Response(body, { status }),
  );

export const tokensElsewhere = (): Tampering =>
  refusing(
    TOKEN,
    () => true,
    () => new Response(null, { status: 307, headers: { location: '/elsewhere' } }),
  );

/** The preflight request allows no token. */
export const withoutAuthorizationHeader = (): Tampering => ({
  answer: (answer, { url, method }) => {
    if (url.pathname !== '/mcp' || method !== 'OPTIONS') return answer;
    const changed = new Headers(answer.headers);
    changed.set('access-control-allow-headers', 'content-type, mcp-protocol-version');
    return new Response(null, { status: answer.status, headers: changed });
  },
});

export const withoutChallenge = (): Tampering => headers('/mcp', (changed) => changed.delete('www-authenticate'));

/** The metadata of the resource lies on another origin. */
export const metadataElsewhere = (): Tampering =>
  headers('/mcp', (changed) => {
    const challenge = changed.get('www-authenticate');
    if (challenge) changed.set('www-authenticate', challenge.replace('//127.0.0.1:', '//localhost:'));
  });

export const withoutCors = (path: '/oauth/token' | '/oauth/register' | '/mcp'): Tampering =>
  headers(path, (changed) => changed.delete('access-control-allow-origin'));

/** Another parameter in the page that moves on to the client; `undefined` takes it out. */
export const inBrowser = (name: string, change: (value: string) => string | undefined): Tampering => ({
  answer: async (answer, request) => {
    if (!at('/oauth/approve', request)) return answer;
    const parameter = new RegExp(`(?<=\\?|&amp;)(${name}(?:=|&#x3D;))([\\w.%-]+)`, 'g');
    const html = (await answer.text()).replaceAll(parameter, (_all, before: string, value: string) => {
      const changed = change(value);
      return changed === undefined ? '' : before + changed;
    });
    return new Response(html, { status: answer.status, headers: answer.headers });
  },
});
