import { afterEach, beforeEach, vi } from 'vitest';
import type { RegisteredClient } from '../../../lib/clients/registered-client.js';
import type { McpAuthOptions } from '../../../lib/config/mcp-auth-options.js';
import type { McpAuthStaticOptions } from '../../../lib/config/mcp-auth-static-options.js';
import { PublicUrls } from '../../../lib/config/public-urls.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';
import { DerivedKeys } from '../../../lib/keys/derived-keys.js';
import { JwtSigner } from '../../../lib/keys/jwt-signer.js';
import { JwtVerifier } from '../../../lib/keys/jwt-verifier.js';
import { SigningKeys } from '../../../lib/keys/signing-keys.js';
import type { GrantEntity } from '../../../lib/storage/entities/grant.entity.js';
import { RevocationEntity } from '../../../lib/storage/entities/revocation.entity.js';
import type { NewRow } from '../../../lib/storage/new-row.js';
import { GrantRevoker } from '../../../lib/tokens/grant-revoker.js';
import { AnyAudienceVerifier } from '../../../lib/tokens/any-audience.verifier.js';
import { LocalTokenVerifier } from '../../../lib/tokens/local-token.verifier.js';
import { RevocationList } from '../../../lib/tokens/revocation-list.js';
import { TokenFinder } from '../../../lib/tokens/token-finder.js';
import { TokenIssuer } from '../../../lib/tokens/token-issuer.js';
import type { TestDatabaseKind } from '../../support/databases.js';
import { FakeClock } from '../../support/fake-clock.js';
import { newClient, newGrant, NOW } from '../../support/storage-rows.js';
import { type TestStorage, useStorage } from '../../support/storage.js';
import { TestUsers } from '../../support/test-users.js';
import { type Refusal, refusal } from '../protocol/refusal.js';

export const ORIGIN = 'https://app.example';
export const RESOURCE = `${ORIGIN}/mcp`;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export type Given = Partial<McpAuthOptions & McpAuthStaticOptions>;

const MEMORY: TestDatabaseKind = {
  name: 'better-sqlite3',
  available: true,
  create: async () => ({ options: { type: 'better-sqlite3', database: ':memory:' }, drop: async () => undefined }),
};

/** A migrated database in memory for the tests of a file, in which time stands still at `NOW` until a test advances its clock. */
export function useFrozenStorage(): TestStorage {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  return useStorage(MEMORY);
}

/** What one instance of the server knows of tokens, put together by hand; everything is real but the clock and the host's users. */
export function tokenParts(storage: TestStorage, given: Given = {}) {
  const [users, clock] = [new TestUsers(), new FakeClock()];
  const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
  const options = resolveOptions({ users, oauthSecret, baseUrl: ORIGIN, ...given }, resolveStaticOptions(given));
  const [urls, keys] = [new PublicUrls(options), new SigningKeys(options, new DerivedKeys(options))];
  const { grants, refreshTokens, revocations, transactions } = storage;
  const list = new RevocationList(revocations, clock, options);
  const jwt = new JwtVerifier(keys, clock);
  const verifier = new LocalTokenVerifier(jwt, urls, clock, list);
  return {
    users,
    clock,
    options,
    urls,
    list,
    jwt,
    verifier,
    revoker: new GrantRevoker(grants, refreshTokens, revocations, list, transactions, clock, options),
    issuer: new TokenIssuer(new JwtSigner(keys), urls, clock, refreshTokens, options),
    finder: new TokenFinder(refreshTokens, grants, new AnyAudienceVerifier(verifier, urls)),
  };
}

/** A grant as it is stored. */
export type GrantRow = Pick<GrantEntity, keyof GrantEntity>;

/** A grant of ada for her organisation, as an approval at `NOW` stores it. */
export function approve(
  { transactions, grants }: TestStorage,
  change: Partial<NewRow<GrantEntity>> = {},
): Promise<GrantRow> {
  const row = newGrant({
    userId: 'ada',
    orgId: 'analytical',
    resource: RESOURCE,
    expiresAt: NOW + 30 * DAY,
    ...change,
  });
  return transactions.run((tx) => grants.insert(row, tx));
}

/** The client of {@link approve}. */
export function registered(change: Partial<RegisteredClient> = {}): RegisteredClient {
  const client = {
    id: 'row',
    clientId: 'a-client',
    source: 'dynamic',
    secretHashes: [],
    approved: false,
    known: false,
  } as const;
  return { ...client, metadata: newClient().metadata, ...change };
}

/** Takes the grant away from below what hangs on it, as a host's own clean-up may do between two reads. */
export async function forgetGrant({ dataSource }: TestStorage, id: string): Promise<void> {
  await dataSource.query('PRAGMA foreign_keys = OFF');
  await dataSource.query('DELETE FROM mcp_auth_grants WHERE id = ?', [id]);
  await dataSource.query('PRAGMA foreign_keys = ON');
}

/** The rows that make other instances hear of a revocation. */
export function revocationsOf({ dataSource }: TestStorage, targetId: string): Promise<RevocationEntity[]> {
  return dataSource.manager.findBy(RevocationEntity, { targetId });
}

/** What an access token says, unverified. */
export function payloadOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** Which OAuth error a promise rejects with. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    return refusal(() => {
      throw error;
    });
  }
  throw new Error('expected a refusal, but it was accepted');
}
