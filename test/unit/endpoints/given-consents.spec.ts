import { describe, expect, it } from 'vitest';
import type { RegisteredClient } from '../../../lib/clients/registered-client.js';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { GivenConsents } from '../../../lib/endpoints/consent/given-consents.js';
import type { AuthorizationRequest } from '../../../lib/protocol/authorization-request.js';
import type { ClientMetadata } from '../../../lib/protocol/client-metadata.js';
import type { GrantEntity } from '../../../lib/storage/entities/grant.entity.js';
import type { GrantRepository } from '../../../lib/storage/repositories/grant.repository.js';
import { FakeClock } from '../../support/fake-clock.js';

const YEAR = 31_536_000;
const clock = new FakeClock();
const METADATA = {
  client_name: 'Difference Engine',
  redirect_uris: ['https://client.example/callback'],
  token_endpoint_auth_method: 'none',
} as unknown as ClientMetadata;
const CLIENT = { clientId: 'engine', metadata: METADATA } as RegisteredClient;
const ADA = { userId: 'ada', orgId: 'analytical' };
const REQUEST = {
  resource: 'https://notes.example/mcp',
  redirectUri: 'https://client.example/callback',
} as AuthorizationRequest;
const GRANT = {
  id: 'grant-1',
  revision: 3,
  userId: 'ada',
  orgId: 'analytical',
  clientId: 'engine',
  resource: REQUEST.resource,
  redirectUri: REQUEST.redirectUri,
  scopes: ['mcp:read'],
  createdAt: clock.now() - 1000,
  clientSnapshot: METADATA,
};

/** What counts as given, where a database answers these rows: one with a tolerant collation answers more than was asked for. */
async function given(change: Partial<GrantEntity>, user: { userId: string; orgId?: string } = ADA) {
  const rows = [{ ...GRANT, ...change }];
  const grants = { listLivingOfUser: () => Promise.resolve(rows) } as unknown as GrantRepository;
  const options = { refresh: { absoluteLifetimeSeconds: YEAR } } as ResolvedMcpAuthOptions;
  return new GivenConsents(grants, clock, options).of(CLIENT, user, REQUEST);
}
const NOTHING = { scopes: [], grants: [], since: 0 };

describe('what was given before', () => {
  it('CON-07 is what stands on a grant of the same user, organisation, client, redirect URI and resource', async () => {
    expect(await given({})).toEqual({
      scopes: ['mcp:read'],
      grants: [{ id: 'grant-1', revision: 3 }],
      since: GRANT.createdAt,
    });
    expect((await given({ orgId: null }, { userId: 'ada' })).scopes).toEqual(['mcp:read']);
  });

  it.each<readonly [string, Partial<GrantEntity>]>([
    ['to a user whose id differs in case only', { userId: 'Ada' }],
    ['to a user whose id has a trailing blank', { userId: 'ada ' }],
    ['for another organisation', { orgId: 'compilers' }],
    ['for an organisation that differs in case only', { orgId: 'Analytical' }],
    ['for no organisation', { orgId: null }],
    ['by a client whose id differs in case only', { clientId: 'Engine' }],
    ['for another resource', { resource: 'https://notes.example/other' }],
    ['for a resource that differs by a slash', { resource: `${REQUEST.resource}/` }],
    ['with another redirect URI', { redirectUri: 'https://client.example/callback2' }],
    ['by a client of another name', { clientSnapshot: { ...METADATA, client_name: 'Analytical Engine' } }],
    ['longer ago than any grant lives', { createdAt: clock.now() - YEAR * 1000 }],
  ])('CON-06 CON-07 STO-05 is nothing where it was given %s', async (_what, change) => {
    expect(await given(change)).toEqual(NOTHING);
  });

  it('CON-07 C3 is nothing for no organisation where it was given for one', async () => {
    expect(await given({}, { userId: 'ada' })).toEqual(NOTHING);
  });
});
