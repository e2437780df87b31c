import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hashToken } from '../../../../lib/protocol/opaque-token.js';
import { NOW, REDIRECT_URI } from '../../../support/storage-rows.js';
import {
  approve,
  DAY,
  forgetGrant,
  type GrantRow,
  refusalOf,
  registered,
  RESOURCE,
  useFrozenStorage,
} from '../../tokens/fixture.js';
import { familyOf, form, issueCode, tokenEndpoint, VERIFIER } from './fixture.js';

describe('AuthorizationCodeGrant', () => {
  const storage = useFrozenStorage();
  let grant: GrantRow;
  beforeEach(async () => {
    grant = await approve(storage);
  });

  type Parts = ReturnType<typeof tokenEndpoint>;
  const redeem = (code: string, change = {}, parts: Parts = tokenEndpoint(storage), client = registered()) =>
    parts.code.handle(client, form({ code, code_verifier: VERIFIER, ...change }));
  const refused = (reason: string) => ({
    type: 'InvalidGrantError',
    reason,
    description: 'The authorization code is not valid',
  });
  /** The code is as it was, and so is the grant, apart from its end. */
  const expectUntouched = async (code: string, end: Partial<GrantRow> = {}) => {
    expect((await storage.codes.findByHash(hashToken(code)))?.consumedAt).toBeNull();
    expect(await storage.grants.findById(grant.id)).toEqual({ ...grant, ...end });
    expect(await familyOf(storage, grant.id)).toEqual([]);
  };

  it('ACG-10 TOK-07 gives tokens for what the code was issued for, uses it up and keeps the grant alive', async () => {
    const parts = tokenEndpoint(storage);
    parts.clock.advance(5);
    const code = await issueCode(storage, grant.id);
    const answer = await redeem(code, { scope: 'mcp:read' }, parts);
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'mcp:read mcp:write' });
    expect((await storage.codes.findByHash(hashToken(code)))?.consumedAt).toBe(NOW + 5000);
    const extended = { lastUsedAt: NOW + 5000, expiresAt: NOW + 5000 + 30 * DAY };
    expect(await storage.grants.findById(grant.id)).toEqual({ ...grant, ...extended });
    const [row, ...others] = await familyOf(storage, grant.id);
    expect([row?.tokenHash, others]).toEqual([hashToken(answer.refresh_token ?? ''), []]);
    expect(await parts.verifier.verify(answer.access_token, RESOURCE)).toMatchObject({ grantId: grant.id });
  });

  it('ACG-04 TOK-09 takes the redirect URI of the authorization request and the granted resource', async () => {
    const code = await issueCode(storage, grant.id);
    const answer = await redeem(code, { redirect_uri: REDIRECT_URI, resource: RESOURCE });
    expect(answer.scope).toBe('mcp:read mcp:write');
  });

  const reduce = (grantToReduce: GrantRow, scopes: readonly string[]) =>
    storage.transactions.run((tx) => storage.grants.reduce(grantToReduce, scopes, tx));

  it('CON-17 gives nothing that was taken from the grant since the code was issued', async () => {
    const code = await issueCode(storage, grant.id);
    await reduce(grant, ['mcp:read']);
    expect((await redeem(code)).scope).toBe('mcp:read');
  });

  it('CON-17 STO-03 gives nothing that is taken while it is being redeemed, and is used up once', async () => {
    const parts = tokenEndpoint(storage);
    const code = await issueCode(storage, grant.id);
    vi.spyOn(parts.users, 'validateScopeForUser').mockImplementationOnce(() => reduce(grant, ['mcp:read']));
    expect((await redeem(code, {}, parts)).scope).toBe('mcp:read');
    expect(await familyOf(storage, grant.id)).toHaveLength(1);
  });

  it.each([
    ['no code', { code: undefined }, 'code_missing', 'code is missing'],
    ['no verifier', { code_verifier: undefined }, 'code_verifier_missing', 'code_verifier is missing'],
  ])('ACG-01 ACG-02 refuses %s as an invalid request', async (_what, change, reason, description) => {
    const code = await issueCode(storage, grant.id);
    expect(await refusalOf(redeem(code, change))).toEqual({ type: 'InvalidRequestError', reason, description });
    await expectUntouched(code);
  });

  it.each([
    ['a code that is not there', { code: 'unknown' }, 'code_unknown'],
    ['another redirect URI', { redirect_uri: `${REDIRECT_URI}/` }, 'code_redirect_uri_mismatch'],
    ['a wrong verifier', { code_verifier: `${VERIFIER}x` }, 'pkce_mismatch'],
  ])('ACG-01 ACG-02 ACG-04 ACG-08 refuses %s, and the code stays good', async (_what, change, reason) => {
    const code = await issueCode(storage, grant.id);
    expect(await refusalOf(redeem(code, change))).toEqual(refused(reason));
    await expectUntouched(code);
    await redeem(code);
  });

  it('ACG-01 refuses a code that has expired, to the millisecond', async () => {
    const parts = tokenEndpoint(storage);
    const code = await issueCode(storage, grant.id, { expiresAt: NOW + 1000 });
    parts.clock.advance(1);
    expect(await refusalOf(redeem(code, {}, parts))).toEqual(refused('code_expired'));
    await expectUntouched(code);
    parts.clock.advance(-0.001);
    await redeem(code, {}, parts);
  });

  it('ACG-01 refuses the code of another client', async () => {
    const code = await issueCode(storage, grant.id);
    const other = registered({ clientId: 'other' });
    expect(await refusalOf(redeem(code, {}, undefined, other))).toEqual(refused('code_of_another_client'));
    await expectUntouched(code);
  });

  it('ACG-03 refuses a code that lost its challenge', async () => {
    const code = await issueCode(storage, grant.id, { codeChallenge: '' });
    expect(await refusalOf(redeem(code))).toMatchObject({
      type: 'InvalidRequestError',
      reason: 'code_challenge_missing',
    });
    await expectUntouched(code);
  });

  it('TOK-09 refuses another resource, and a code for one that is not served any more', async () => {
    const code = await issueCode(storage, grant.id);
    const elsewhere = redeem(code, { resource: 'https://elsewhere.example/mcp' });
    expect(await refusalOf(elsewhere)).toMatchObject({ type: 'InvalidTargetError', reason: 'resource_unknown' });
    const moved = redeem(code, {}, tokenEndpoint(storage, { mcpServerPath: '/moved' }));
    expect(await refusalOf(moved)).toMatchObject({ type: 'InvalidTargetError', reason: 'resource_outside_grant' });
    await expectUntouched(code);
  });

  it('ACG-01 refuses the code of a grant that ended', async () => {
    const code = await issueCode(storage, grant.id);
    const parts = tokenEndpoint(storage);
    await parts.revoker.endGrant(grant.id, 'revoked_by_operator');
    expect(await refusalOf(redeem(code, {}, parts))).toEqual(refused('grant_revoked'));
    await expectUntouched(code, { revokedAt: NOW, revokedReason: 'revoked_by_operator' });
  });

  it('ACG-01 refuses a code whose grant has just been deleted', async () => {
    const code = await issueCode(storage, grant.id);
    await forgetGrant(storage, grant.id);
    expect(await refusalOf(redeem(code))).toEqual(refused('grant_unknown'));
  });

  it('CMD-16 refuses a client that is not what the user approved any more, and the code stays good', async () => {
    const code = await issueCode(storage, grant.id);
    const metadata = { ...registered().metadata, client_name: 'Your bank' };
    expect(await refusalOf(redeem(code, {}, undefined, registered({ metadata })))).toEqual(refused('client_changed'));
    await expectUntouched(code);
    await redeem(code);
  });

  it('RFT-08 refuses when the user is gone, and ends the grant', async () => {
    const code = await issueCode(storage, grant.id);
    const parts = tokenEndpoint(storage);
    parts.users.known.delete('ada');
    expect((await refusalOf(redeem(code, {}, parts))).reason).toBe('user_gone');
    await expectUntouched(code, { revokedAt: NOW, revokedReason: 'user_gone' });
  });

  it('TOK-12 lets an outage of the host be one: the code stays good', async () => {
    const code = await issueCode(storage, grant.id);
    const parts = tokenEndpoint(storage);
    parts.users.faults.set('fetchUserData', () => Promise.reject(new Error('directory down')));
    await expect(redeem(code, {}, parts)).rejects.toMatchObject({ name: 'UserAdapterError' });
    await expectUntouched(code);
  });

  describe('a code that was used', () => {
    let code: string;
    beforeEach(async () => {
      code = await issueCode(storage, grant.id);
      await redeem(code);
    });
    const end = async () => (await storage.grants.findById(grant.id))?.revokedReason;

    it('ACG-06 is refused, and what it gave ends', async () => {
      expect(await refusalOf(redeem(code))).toEqual(refused('code_used'));
      expect(await end()).toBe('authorization_code_replayed');
      expect(await refusalOf(redeem(code))).toEqual(refused('grant_revoked'));
    });

    it.each([
      ['a wrong verifier', { code_verifier: `${VERIFIER}x` }, undefined, 'pkce_mismatch'],
      ['another client', {}, registered({ clientId: 'other' }), 'code_of_another_client'],
      ['another resource', { resource: 'https://elsewhere.example/mcp' }, undefined, 'resource_unknown'],
    ])('ACG-07 ends nothing when it comes with %s', async (_what, change, client, reason) => {
      expect((await refusalOf(redeem(code, change, undefined, client))).reason).toBe(reason);
      expect(await end()).toBeNull();
    });
  });

  describe('meanwhile', () => {
    it('ACG-05 ACG-06 somebody else redeemed the code: refused, and what they got ends', async () => {
      const code = await issueCode(storage, grant.id);
      const parts = tokenEndpoint(storage);
      parts.users.meeting = async () => {
        await storage.transactions.run(async (tx) => {
          const row = await storage.codes.findByHash(hashToken(code));
          return storage.codes.consume(row?.id ?? '', NOW, tx);
        });
      };
      expect(await refusalOf(redeem(code, {}, parts))).toEqual(refused('code_used'));
      expect((await storage.grants.findById(grant.id))?.revokedReason).toBe('authorization_code_replayed');
      expect(await familyOf(storage, grant.id)).toEqual([]);
    });

    it('REV-05 the grant ended: refused, and it gets no token', async () => {
      const code = await issueCode(storage, grant.id);
      const parts = tokenEndpoint(storage);
      parts.users.meeting = async () => void (await parts.revoker.endGrant(grant.id, 'revoked_by_operator'));
      expect(await refusalOf(redeem(code, {}, parts))).toEqual(refused('grant_revoked'));
      await expectUntouched(code, { revokedAt: NOW, revokedReason: 'revoked_by_operator' });
    });
  });
});
