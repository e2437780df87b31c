import { Buffer } from 'node:buffer';
import { Controller, Get, Post } from '@nestjs/common';
import {
  McpApiKey,
  type McpApiKeyPair,
  McpAuthenticated,
  McpEmail,
  McpOptionalAuth,
  McpOrgId,
  type McpPrincipal,
  McpScope,
  McpToken,
  McpUser,
  McpUserId,
} from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

interface Seen {
  readonly [decorator: string]: unknown;
}

@Controller('mcp')
class DecoratedController {
  @Post()
  all(
    @McpUser() user: McpPrincipal,
    @McpUser('clientId') clientId: string,
    @McpUser('grantId') grantId: string | undefined,
    @McpUserId() userId: string,
    @McpOrgId() orgId: string | undefined,
    @McpScope() scope: string,
    @McpToken() token: string,
    @McpAuthenticated() authenticated: boolean,
    @McpEmail() email: string | undefined,
    @McpApiKey() apiKey: McpApiKeyPair | undefined,
  ): Seen {
    return { user, clientId, grantId, userId, orgId, scope, token, authenticated, email, apiKey };
  }

  @Get('cheap')
  cheap(@McpUserId() userId: string): Seen {
    return { userId };
  }

  @Get('email')
  email(@McpEmail() email: string | undefined): Seen {
    return { email };
  }

  @Get('key')
  key(@McpApiKey() apiKey: McpApiKeyPair | undefined): Seen {
    return { apiKey };
  }

  @McpOptionalAuth()
  @Get('anyone')
  anyone(
    @McpUser() user: McpPrincipal | undefined,
    @McpUser('userId') field: string | undefined,
    @McpUserId() userId: string | undefined,
    @McpOrgId() orgId: string | undefined,
    @McpScope() scope: string | undefined,
    @McpToken() token: string | undefined,
    @McpAuthenticated() authenticated: boolean,
    @McpEmail() email: string | undefined,
    @McpApiKey() apiKey: McpApiKeyPair | undefined,
  ): readonly unknown[] {
    return [user, field, userId, orgId, scope, token, authenticated, email, apiKey].map((value) => value ?? null);
  }
}

describe.each(ADAPTERS)('parameter decorators on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [DecoratedController] });
  });
  afterAll(() => host.close());
  beforeEach(() => host.users.faults.clear());

  const send = (target: string, authorization?: string, method = 'GET') =>
    fetch(host.origin + target, { method, headers: authorization === undefined ? {} : { authorization } });

  it('hand over everything about the user of a token, asking the host once', async () => {
    const { access_token: token, client, scope } = await new OAuthWalk(host.origin).tokens('ada');
    const lookUps = vi.spyOn(host.users, 'fetchUserData');
    const response = await send('/mcp', `Bearer ${token}`, 'POST');
    expect(response.status).toBe(201);
    const seen = (await response.json()) as Seen & { user: Seen };
    expect(lookUps).toHaveBeenCalledTimes(1);
    expect(lookUps).toHaveBeenCalledWith({ userId: 'ada', orgId: 'analytical' });
    lookUps.mockRestore();
    expect(seen).toEqual({
      user: {
        token,
        userId: 'ada',
        orgId: 'analytical',
        clientId: client.client_id,
        scopes: ['mcp:read', 'mcp:write', 'mcp:admin'],
        resource: `${host.origin}/mcp`,
        issuedAt: expect.any(Number) as number,
        expiresAt: (seen.user['issuedAt'] as number) + 3600,
        tokenId: expect.any(String) as string,
        grantId: seen['grantId'],
      },
      clientId: client.client_id,
      grantId: expect.any(String) as string,
      userId: 'ada',
      orgId: 'analytical',
      scope,
      token,
      authenticated: true,
      email: 'ada@example.com',
      apiKey: { id: 'key-ada', secret: 'secret-of-ada' },
    });
  });

  it('RSG-11 keep what the host knows out of the token', async () => {
    const { access_token: token } = await new OAuthWalk(host.origin).tokens('ada');
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    expect(payload).not.toMatch(/example\.com|key-ada|secret-of|"name"|email/);
    expect(Object.keys(JSON.parse(payload) as object).toSorted()).toEqual([
      'aud',
      'client_id',
      'exp',
      'grant_id',
      'iat',
      'iss',
      'jti',
      'org_id',
      'scope',
      'sub',
    ]);
  });

  it('leave out what there is not: no organisation, no API key', async () => {
    const { authorization } = await mintAccessToken(host.app, { userId: 'grace', scope: 'mcp:read' });
    host.users.faults.set('fetchUserData', () => ({ email: 'grace@example.com', apiKeyId: 'only-half' }));
    const seen = (await (await send('/mcp', authorization, 'POST')).json()) as Seen;
    expect(Object.keys(seen)).not.toContain('orgId');
    expect(Object.keys(seen)).not.toContain('apiKey');
    expect(seen).toMatchObject({ userId: 'grace', scope: 'mcp:read', clientId: 'test-client' });
  });

  it('do not ask the host when nobody wants to know', async () => {
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const lookUps = vi.spyOn(host.users, 'fetchUserData');
    expect(await (await send('/mcp/cheap', authorization)).json()).toEqual({ userId: 'ada' });
    expect(lookUps).not.toHaveBeenCalled();
    lookUps.mockRestore();
  });

  it('ask again with the next request, not remembering a user who is gone', async () => {
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    expect(await (await send('/mcp/email', authorization)).json()).toEqual({ email: 'ada@example.com' });
    host.users.faults.set('fetchUserData', () => null);
    expect(await (await send('/mcp/email', authorization)).json()).toEqual({});
    expect(await (await send('/mcp/key', authorization)).json()).toEqual({});
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('ldap://10.0.0.9 is down');
      },
    ],
    ['answers undefined', () => undefined],
    ['answers no email', () => ({ name: 'ada' })],
    ['rejects', () => Promise.reject(new Error('ldap://10.0.0.9 is down'))],
  ])('RSG-13 answer 503 when fetchUserData %s', async (_case, fault) => {
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    host.users.faults.set('fetchUserData', fault);
    for (const target of ['/mcp/email', '/mcp/key']) {
      const response = await send(target, authorization);
      expect(response.status).toBe(503);
      expect(await response.text()).not.toContain('10.0.0.9');
    }
    // Who does not ask is not touched by the outage.
    expect((await send('/mcp/cheap', authorization)).status).toBe(200);
  });

  it('are empty for an anonymous request, without asking the host', async () => {
    const lookUps = vi.spyOn(host.users, 'fetchUserData');
    const response = await send('/mcp/anyone');
    expect(await response.json()).toEqual([null, null, null, null, null, null, false, null, null]);
    expect(lookUps).not.toHaveBeenCalled();
    lookUps.mockRestore();
  });
});
