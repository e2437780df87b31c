import { ClientPolicy } from '../../../../lib/clients/client-policy.js';
import { FormParameters } from '../../../../lib/protocol/form-parameters.js';
import { hashToken, newOpaqueToken } from '../../../../lib/protocol/opaque-token.js';
import { s256 } from '../../../../lib/protocol/pkce.js';
import { GrantRegistry } from '../../../../lib/endpoints/token/grant-registry.js';
import { GrantedTokens } from '../../../../lib/endpoints/token/granted-tokens.js';
import { AuthorizationCodeGrant } from '../../../../lib/endpoints/token/grants/authorization-code.grant.js';
import { RefreshTokenGrant } from '../../../../lib/endpoints/token/grants/refresh-token.grant.js';
import { RefreshReplay } from '../../../../lib/endpoints/token/refresh-replay.js';
import { ReplayCipher } from '../../../../lib/keys/replay-cipher.js';
import { ScopeRegistry } from '../../../../lib/scopes/scope-registry.js';
import { ScopePolicy } from '../../../../lib/scopes/scope-policy.js';
import { RefreshTokenEntity } from '../../../../lib/storage/entities/refresh-token.entity.js';
import type { UserAdapterHost } from '../../../../lib/users/user-adapter-host.js';
import { UserDirectory } from '../../../../lib/users/user-directory.js';
import { newCode, newRefreshToken } from '../../../support/storage-rows.js';
import type { TestStorage } from '../../../support/storage.js';
import { type Given, RESOURCE, tokenParts } from '../../tokens/fixture.js';

export const VERIFIER = 'a-verifier-of-at-least-forty-three-characters';

/** What stands behind the token endpoint, on one instance of the server. */
export function tokenEndpoint(storage: TestStorage, given: Given = {}) {
  const parts = tokenParts(storage, given);
  const { users, clock, options, urls, revoker, issuer } = parts;
  const { codes, grants, refreshTokens, revocations, transactions } = storage;
  const directory = new UserDirectory({ adapter: users } as unknown as UserAdapterHost);
  const scopes = new ScopeRegistry(options);
  const tokens = new GrantedTokens(
    issuer,
    new ScopePolicy(directory, scopes),
    directory,
    grants,
    revoker,
    transactions,
  );
  const cipher = new ReplayCipher(options);
  const replay = new RefreshReplay(refreshTokens, grants, revocations, cipher, revoker, clock, options);
  const code = new AuthorizationCodeGrant(codes, grants, tokens, revoker, clock, urls);
  const refresh = new RefreshTokenGrant(
    refreshTokens,
    grants,
    tokens,
    replay,
    new ClientPolicy(directory),
    scopes,
    clock,
    urls,
    options,
  );
  return { ...parts, tokens, cipher, replay, code, refresh, registry: new GrantRegistry(code, refresh) };
}

/** The form of a request; `undefined` leaves a parameter out, a list sends it several times. */
export function form(parameters: Readonly<Record<string, string | readonly string[] | undefined>>): FormParameters {
  const sent = new URLSearchParams();
  for (const [name, value = []] of Object.entries(parameters)) for (const one of [value].flat()) sent.append(name, one);
  return FormParameters.parse(sent.toString());
}

/** A code of this grant, stored as an approval does. */
export async function issueCode({ transactions, codes }: TestStorage, grantId: string, change = {}): Promise<string> {
  const code = newOpaqueToken();
  const row = { codeHash: hashToken(code), codeChallenge: s256(VERIFIER), resource: RESOURCE, ...change };
  await transactions.run((tx) => codes.insert(newCode(grantId, row), tx));
  return code;
}

/** A refresh token of this grant, stored as the redemption of a code does. */
export async function issueRefreshToken({ transactions, refreshTokens }: TestStorage, grantId: string, change = {}) {
  const token = newOpaqueToken();
  const row = newRefreshToken(grantId, { tokenHash: hashToken(token), ...change });
  await transactions.run((tx) => refreshTokens.insert(row, tx));
  return token;
}

/** The refresh tokens of a grant, the oldest first. */
export function familyOf({ dataSource }: TestStorage, grantId: string): Promise<RefreshTokenEntity[]> {
  return dataSource.manager.find(RefreshTokenEntity, { where: { grantId }, order: { id: 'ASC' } });
}
