import 'reflect-metadata';
import { type ExecutionContext, ServiceUnavailableException } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import {
  McpApiKey,
  McpAuthenticated,
  McpEmail,
  McpOrgId,
  McpScope,
  McpToken,
  McpUser,
  McpUserId,
} from '../../../lib/resource-server/decorators/principal.decorators.js';
import { attachPrincipal, type McpPrincipal } from '../../../lib/resource-server/mcp-principal.js';
import { message } from '../http/exchange.js';
import { verified } from './fixture.js';

type Factory = (data: unknown, context: ExecutionContext) => unknown;

/** What Nest would call for a parameter with this decorator, and with what. */
function resolver(decorator: ParameterDecorator): (context: ExecutionContext) => unknown {
  class Handler {
    method() {}
  }
  decorator(Handler.prototype, 'method', 0);
  const metadata = Reflect.getMetadata(ROUTE_ARGS_METADATA, Handler, 'method') as Record<
    string,
    { factory: Factory; data: unknown }
  >;
  const [argument] = Object.values(metadata);
  if (!argument) throw new Error('no parameter decorator');
  return (context) => argument.factory(argument.data, context);
}

type UserData = Awaited<ReturnType<McpPrincipal['userData']>>;

function http(userData?: () => Promise<UserData>, change: Parameters<typeof verified>[0] = {}): ExecutionContext {
  const raw = message();
  if (userData) attachPrincipal(raw, { ...verified({ scopes: ['mcp:read', 'mcp:write'], ...change }), userData }, []);
  return {
    getType: () => 'http',
    switchToHttp: () => ({ getRequest: () => ({ raw }) }),
  } as unknown as ExecutionContext;
}

function rpc(carrier: unknown): ExecutionContext {
  return { getType: () => 'rpc', switchToRpc: () => ({ getContext: () => carrier }) } as unknown as ExecutionContext;
}

const DATA = { email: 'ada@example.com', apiKeyId: 'id', apiKeySecret: 'secret' };

const DECORATORS: readonly (readonly [string, ParameterDecorator, unknown])[] = [
  ['@McpUser(field)', McpUser('clientId'), 'client'],
  ['@McpUserId()', McpUserId(), 'ada'],
  ['@McpOrgId()', McpOrgId(), 'analytical'],
  ['@McpScope()', McpScope(), 'mcp:read mcp:write'],
  ['@McpToken()', McpToken(), 'good'],
  ['@McpEmail()', McpEmail(), 'ada@example.com'],
  ['@McpApiKey()', McpApiKey(), { id: 'id', secret: 'secret' }],
];

describe('the parameter decorators', () => {
  it.each(DECORATORS)('%s gives its part of the principal', async (_name, decorator, value) => {
    expect(await resolver(decorator)(http(async () => DATA))).toEqual(value);
  });

  it.each(DECORATORS)('%s is empty for an anonymous request', async (_name, decorator) => {
    expect(await resolver(decorator)(http())).toBeUndefined();
  });

  it('@McpUser() gives all of it, and @McpAuthenticated() whether there is one', () => {
    const context = http(async () => DATA);
    expect(resolver(McpUser())(context)).toMatchObject({ userId: 'ada', tokenId: 'jti' });
    expect(resolver(McpUser())(http())).toBeUndefined();
    expect([resolver(McpAuthenticated())(context), resolver(McpAuthenticated())(http())]).toEqual([true, false]);
  });

  it.each([
    ['a user who is gone', null],
    ['no key', { email: 'a@b' }],
    ['an id alone', { email: 'a@b', apiKeyId: 'id' }],
    ['a secret alone', { email: 'a@b', apiKeySecret: 'secret' }],
    ['an empty id', { email: 'a@b', apiKeyId: '', apiKeySecret: 'secret' }],
    ['an empty secret', { email: 'a@b', apiKeyId: 'id', apiKeySecret: '' }],
  ])('@McpApiKey() gives no half of a pair: %s', async (_case, data) => {
    expect(await resolver(McpApiKey())(http(async () => data))).toBeUndefined();
    if (data === null) expect(await resolver(McpEmail())(http(async () => data))).toBeUndefined();
  });

  it.each([
    ['@McpEmail()', McpEmail()],
    ['@McpApiKey()', McpApiKey()],
  ])('RSG-13 %s turns an outage of the host into a 503 that names no cause', async (_name, decorator) => {
    const cause = new Error('ldap://10.0.0.9');
    const error: unknown = await Promise.resolve(resolver(decorator)(http(() => Promise.reject(cause)))).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ServiceUnavailableException);
    expect((error as ServiceUnavailableException).message).toBe('The user cannot be looked up right now');
    expect((error as ServiceUnavailableException).cause).toBe(cause);
    expect(JSON.stringify((error as ServiceUnavailableException).getResponse())).not.toContain('10.0.0.9');
  });

  it('work in message handlers that run over a request', async () => {
    const raw = message();
    attachPrincipal(raw, { ...verified(), userData: async () => DATA }, []);
    const context = rpc({ getRawRequest: () => raw });
    expect(resolver(McpUserId())(context)).toBe('ada');
    expect(await resolver(McpEmail())(context)).toBe('ada@example.com');
    for (const carrier of [undefined, null, {}, { getRawRequest: () => undefined }]) {
      expect(resolver(McpUserId())(rpc(carrier))).toBeUndefined();
      expect(resolver(McpAuthenticated())(rpc(carrier))).toBe(false);
    }
  });
});
