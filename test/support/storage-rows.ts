import { randomBytes } from 'node:crypto';
import type { ClientMetadata } from '../../lib/protocol/client-metadata.js';
import type { AuthorizationCodeEntity } from '../../lib/storage/entities/authorization-code.entity.js';
import type { ClientEntity } from '../../lib/storage/entities/client.entity.js';
import type { NewGrant } from '../../lib/storage/repositories/grant.repository.js';
import type { PendingAuthorizationEntity } from '../../lib/storage/entities/pending-authorization.entity.js';
import type { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import type { NewRow } from '../../lib/storage/new-row.js';

/** A moment that a 32-bit number cannot hold, with its milliseconds. */
export const NOW = 1_795_500_815_067;
export const REDIRECT_URI = 'http://127.0.0.1:33418/callback';
export const RESOURCE = 'https://app.example/mcp';

const METADATA: ClientMetadata = {
  redirect_uris: [REDIRECT_URI, 'cursor://anysphere.cursor-retrieval/oauth/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  client_name: 'Näme “quoted” 客户端 🦊',
};

export const newHash = (): string => randomBytes(32).toString('hex');

export const newClient = (change: Partial<NewRow<ClientEntity>> = {}): NewRow<ClientEntity> => ({
  clientId: randomBytes(32).toString('base64url'),
  source: 'dynamic',
  metadata: METADATA,
  createdAt: NOW,
  ...change,
});

export const newPending = (
  change: Partial<NewRow<PendingAuthorizationEntity>> = {},
): NewRow<PendingAuthorizationEntity> => ({
  handleHash: newHash(),
  browserHash: newHash(),
  clientId: 'a-client',
  request: { scopes: ['mcp:read'], state: 'a "state"', nested: { list: [1, null] } },
  loginBounces: 0,
  createdAt: NOW,
  expiresAt: NOW + 1_800_000,
  ...change,
});

export const newGrant = (change: Partial<NewGrant> = {}): NewGrant => ({
  userId: 'user-1',
  clientId: 'a-client',
  resource: RESOURCE,
  scopes: ['mcp:read', 'mcp:write'],
  redirectUri: REDIRECT_URI,
  createdAt: NOW,
  lastUsedAt: NOW,
  expiresAt: NOW + 2_592_000_000,
  clientSnapshot: METADATA,
  ...change,
});

export const newCode = (
  grantId: string,
  change: Partial<NewRow<AuthorizationCodeEntity>> = {},
): NewRow<AuthorizationCodeEntity> => ({
  codeHash: newHash(),
  grantId,
  clientId: 'a-client',
  redirectUri: REDIRECT_URI,
  codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  resource: RESOURCE,
  createdAt: NOW,
  expiresAt: NOW + 60_000,
  ...change,
});

export const newRefreshToken = (
  grantId: string,
  change: Partial<NewRow<RefreshTokenEntity>> = {},
): NewRow<RefreshTokenEntity> => ({
  tokenHash: newHash(),
  grantId,
  accessTokenId: '0193f0a1-7e2b-7c3d-8e4f-5a6b7c8d9e0f',
  accessExpiresAt: NOW + 3_600_000,
  createdAt: NOW,
  expiresAt: NOW + 2_592_000_000,
  ...change,
});
