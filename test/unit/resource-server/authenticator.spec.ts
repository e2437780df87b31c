import { describe, expect, it } from 'vitest';
import { InvalidRequestError, InvalidTokenError } from '../../../lib/protocol/oauth-errors.js';
import { attachPrincipal, principalOf, rawRequest } from '../../../lib/resource-server/mcp-principal.js';
import { McpAuthService } from '../../../lib/resource-server/mcp-auth.service.js';
import { message } from '../http/exchange.js';
import { bearer, ORIGIN, resourceServer, verified, wrapped } from './fixture.js';

const AUTH_INFO = {
  token: 'good',
  clientId: 'client',
  scopes: ['mcp:read'],
  expiresAt: 3601,
  resource: new URL(`${ORIGIN}/mcp`),
  extra: { userId: 'ada', orgId: 'analytical', grantId: 'grant' },
};

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('Authenticator', () => {
  it('turns a token into a principal, on the request for everybody to see', async () => {
    const { authenticator, verifier } = resourceServer();
    const request = message({ headers: [bearer('good')] });
    const principal = await authenticator.authenticate(request);
    expect(principal).toEqual({ ...verified(), userData: expect.any(Function) as unknown });
    expect(principalOf(request)).toBe(principal);
    expect((request as { auth?: unknown }).auth).toEqual(AUTH_INFO);
    expect(verifier.asked).toEqual([['good', `${ORIGIN}/mcp`]]);
  });

  it('verifies once per request, and shows the principal on the adapter’s own request as well', async () => {
    const { authenticator, verifier } = resourceServer();
    const raw = message({ headers: [bearer('good')] });
    const atTheEdge = await authenticator.authenticate(raw);
    const own = wrapped(raw, {} as { auth?: unknown });
    expect(await authenticator.authenticate(own)).toBe(atTheEdge);
    expect(own.auth).toEqual(AUTH_INFO);
    expect(verifier.asked).toHaveLength(1);
  });

  it('reads the headers of the request under the adapter’s own', async () => {
    const { authenticator } = resourceServer();
    const own = wrapped(message({ headers: [bearer('good')] }), {} as { auth?: unknown });
    expect((await authenticator.authenticate(own))?.userId).toBe('ada');
    expect(own.auth).toEqual(AUTH_INFO);
    expect((own.raw as { auth?: unknown }).auth).toEqual(AUTH_INFO);
  });

  it.each([
    ['no header', []],
    ['another scheme', [['Authorization', 'Basic YTpi']] as const],
    ['a header of another name', [['X-Authorization', 'Bearer good']] as const],
    [
      'a value that looks like the name',
      [
        ['X-Name', 'authorization'],
        ['X-Value', 'Bearer good'],
      ] as const,
    ],
  ])('RSG-02 finds nobody with %s', async (_case, headers) => {
    const { authenticator, verifier } = resourceServer();
    const request = message({ headers });
    expect(await authenticator.authenticate(request)).toBeUndefined();
    expect(principalOf(request)).toBeUndefined();
    expect(request).not.toHaveProperty('auth');
    expect(verifier.asked).toEqual([]);
  });

  it.each([
    ['twice', [bearer('good'), bearer('good')]],
    ['in two spellings', [bearer('good'), ['AUTHORIZATION', 'Basic YTpi'] as const]],
  ])('RSG-06 refuses credentials sent %s', async (_case, headers) => {
    const { authenticator, verifier } = resourceServer();
    const error = await failure(authenticator.authenticate(message({ headers })));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({
      message: 'Send one Authorization header',
      reason: 'authorization_repeated',
      status: 400,
    });
    expect(verifier.asked).toEqual([]);
  });

  it('RSG-06 refuses what is no token68 without asking anybody', async () => {
    const { authenticator, verifier } = resourceServer();
    const error = await failure(authenticator.authenticate(message({ headers: [bearer('a b')] })));
    expect(error).toBeInstanceOf(InvalidTokenError);
    expect(error).toMatchObject({ message: 'The access token is not valid', reason: 'token_not_token68' });
    expect(verifier.asked).toEqual([]);
  });

  it('RSG-03 RSG-13 passes on the verdict, and what is none', async () => {
    const { authenticator } = resourceServer();
    const request = message({ headers: [bearer('bad')] });
    expect(await failure(authenticator.authenticate(request))).toMatchObject({ reason: 'token_signature' });
    expect(principalOf(request)).toBeUndefined();
    const outage = await failure(authenticator.authenticate(message({ headers: [bearer('down')] })));
    expect(outage).not.toBeInstanceOf(InvalidTokenError);
    expect(outage).toMatchObject({ message: 'connect ECONNREFUSED' });
  });

  it('asks the host about a user when asked itself, and once', async () => {
    const { authenticator, lookUps } = resourceServer();
    const principal = await authenticator.authenticate(message({ headers: [bearer('good')] }));
    expect(lookUps).toEqual([]);
    expect(await Promise.all([principal?.userData(), principal?.userData()])).toEqual([
      { email: 'ada@example.com' },
      { email: 'ada@example.com' },
    ]);
    expect(lookUps).toEqual([{ userId: 'ada', orgId: 'analytical' }]);
    const next = await authenticator.authenticate(message({ headers: [bearer('good')] }));
    await next?.userData();
    expect(lookUps).toHaveLength(2);
  });

  it('names no organisation where there is none', async () => {
    const server = resourceServer();
    const { orgId: _orgId, grantId: _grantId, ...alone } = verified();
    server.verifier.verify = async () => alone;
    const request = message({ headers: [bearer('good')] });
    const principal = await server.authenticator.authenticate(request);
    await principal?.userData();
    expect(server.lookUps).toEqual([{ userId: 'ada' }]);
    expect(Object.keys(server.lookUps[0] ?? {})).toEqual(['userId']);
    expect((request as { auth?: { extra?: object } }).auth?.extra).toStrictEqual({ userId: 'ada' });
  });
});

describe('the principal of a request', () => {
  it('is found under the adapter’s own request and nowhere else', () => {
    const raw = message();
    const principal = { ...verified(), userData: async () => null };
    attachPrincipal(wrapped(raw, {}), principal, []);
    expect(principalOf(raw)).toBe(principal);
    expect(principalOf(wrapped(raw, {}))).toBe(principal);
    expect(principalOf(message())).toBeUndefined();
    expect(rawRequest(raw)).toBe(raw);
    expect(rawRequest({ raw })).toBe(raw);
  });

  it('gives the SDK a list of scopes of its own', () => {
    const raw = message() as ReturnType<typeof message> & { auth?: { scopes: string[] } };
    const principal = { ...verified({ scopes: Object.freeze(['mcp:read']) as string[] }), userData: async () => null };
    attachPrincipal(raw, principal, principal.scopes);
    raw.auth?.scopes.push('mcp:admin');
    expect(principal.scopes).toEqual(['mcp:read']);
  });
});

describe('McpAuthService', () => {
  it('answers what the application asks', async () => {
    const { verifier, urls, authenticator } = resourceServer();
    const service = new McpAuthService(verifier, urls);
    expect([service.issuer, service.resource]).toEqual([ORIGIN, `${ORIGIN}/mcp`]);
    expect(await service.verifyAccessToken('good')).toEqual(verified());
    expect(verifier.asked).toEqual([['good', `${ORIGIN}/mcp`]]);
    await expect(service.verifyAccessToken('bad')).rejects.toBeInstanceOf(InvalidTokenError);
    const request = message({ headers: [bearer('good')] });
    expect(service.principalOf(request)).toBeUndefined();
    const principal = await authenticator.authenticate(request);
    expect(service.principalOf(request)).toBe(principal);
  });
});
