import { describe, expect, it, vi } from 'vitest';
import { approve, ORIGIN, RESOURCE, refusalOf, tokenParts, useFrozenStorage } from './fixture.js';
import { NOW } from '../../support/storage-rows.js';

const SUBJECT = { userId: 'ada', clientId: 'a-client', scopes: ['mcp:read', 'mcp:write'], resource: RESOURCE };
const DESCRIPTION = 'The access token is not valid';
const SECOND = Math.floor(NOW / 1000);

describe('LocalTokenVerifier', () => {
  const storage = useFrozenStorage();
  const refused = (reason: string) => ({ type: 'InvalidTokenError', reason, description: DESCRIPTION });

  it('RSG-04 gives back what was issued', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const { token, id } = await issuer.accessToken(SUBJECT);
    const verified = {
      token,
      userId: 'ada',
      clientId: 'a-client',
      scopes: ['mcp:read', 'mcp:write'],
      resource: RESOURCE,
      expiresAt: SECOND + 3600,
      issuedAt: SECOND,
      tokenId: id,
    };
    const [first, again] = [await verifier.verify(token, RESOURCE), await verifier.verify(token, RESOURCE)];
    expect([first, again]).toStrictEqual([verified, verified]);
  });

  it('gives organisation, grant and time of login where the token says them, and an empty list for no scope', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const more = { orgId: 'analytical', grantId: 'g', authTime: 12 };
    const { token } = await issuer.accessToken({ ...SUBJECT, scopes: [], ...more });
    expect(await verifier.verify(token, RESOURCE)).toMatchObject({ ...more, scopes: [] });
  });

  it('RSG-05 refuses a token for another resource, although it was verified for its own', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    await verifier.verify(token, RESOURCE);
    for (const other of [`${RESOURCE}/`, ORIGIN, RESOURCE.toUpperCase(), '']) {
      expect(await refusalOf(verifier.verify(token, other))).toEqual(refused('claim_aud'));
    }
  });

  it('RSG-04 takes no verdict for that of a token and a resource that are cut at another place', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    await verifier.verify(token, RESOURCE);
    const cut = verifier.verify(token.slice(2), RESOURCE + token.slice(0, 2));
    expect((await refusalOf(cut)).reason).toBe('token_malformed');
  });

  it('RSG-04 refuses a token of another issuer that has the same secret', async () => {
    const { token } = await tokenParts(storage, { issuer: `${ORIGIN}/tenant` }).issuer.accessToken(SUBJECT);
    expect(await refusalOf(tokenParts(storage).verifier.verify(token, RESOURCE))).toEqual(refused('claim_iss'));
  });

  it('RSG-03 looks at the expiry at every use, to the second', async () => {
    const { issuer, verifier, clock } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT, 90);
    await verifier.verify(token, RESOURCE);
    clock.advance(90 - (NOW % 1000) / 1000 - 0.001);
    await verifier.verify(token, RESOURCE);
    clock.advance(0.001);
    expect(await refusalOf(verifier.verify(token, RESOURCE))).toEqual(refused('token_expired'));
  });

  it('RSG-03 REV-05 refuses a revoked token, and one of a grant that ended, although it was verified before', async () => {
    const { issuer, verifier, revoker } = tokenParts(storage);
    const { id: grantId } = await approve(storage);
    const [first, second] = [
      await issuer.accessToken({ ...SUBJECT, grantId }),
      await issuer.accessToken({ ...SUBJECT, grantId }),
    ];
    for (const { token } of [first, second]) await verifier.verify(token, RESOURCE);
    await revoker.endAccessToken(first.id, SECOND + 3600);
    expect(await refusalOf(verifier.verify(first.token, RESOURCE))).toEqual(refused('token_revoked'));
    await verifier.verify(second.token, RESOURCE);
    await revoker.endGrant(grantId, 'revoked_by_client');
    expect(await refusalOf(verifier.verify(second.token, RESOURCE))).toEqual(refused('token_revoked'));
  });

  it('RSG-13 lets nobody in while revocations cannot be looked up', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    vi.spyOn(storage.revocations, 'listSince').mockRejectedValueOnce(new Error('down'));
    await expect(verifier.verify(token, RESOURCE)).rejects.toMatchObject({ name: 'RevocationsUnknownError' });
  });

  it('REV-05 tells which of the tokens that are in use were revoked meanwhile, and up to when it knows', async () => {
    const { issuer, verifier, revoker } = tokenParts(storage);
    const { id: grantId } = await approve(storage);
    const tokens = [await issuer.accessToken(SUBJECT), await issuer.accessToken({ ...SUBJECT, grantId })];
    const verified = await Promise.all(tokens.map(({ token }) => verifier.verify(token, RESOURCE)));
    expect([[...(await verifier.revokedAmong(verified))], verifier.knownAt()]).toEqual([[], NOW]);
    await revoker.endGrant(grantId, 'revoked_by_client');
    expect([...(await verifier.revokedAmong(verified))]).toEqual([tokens[1]?.id]);
  });

  it('verifies the signature of a token once', async () => {
    const { issuer, verifier, jwt } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    const verify = vi.spyOn(jwt, 'verify');
    for (let use = 0; use < 5; use++) await verifier.verify(token, RESOURCE);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('keeps no token in memory, and nobody who was given a verdict can change it', async () => {
    const { issuer, verifier } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    const verdict = await verifier.verify(token, RESOURCE);
    const { cache } = verifier as unknown as { cache: { dump(): unknown[] } };
    expect(cache.dump()).toHaveLength(1);
    expect(JSON.stringify(cache.dump())).not.toContain(token);
    Object.assign(verdict, { userId: 'grace' });
    expect(() => (verdict.scopes as string[]).push('mcp:admin')).toThrow(TypeError);
    expect(await verifier.verify(token, RESOURCE)).toMatchObject({ userId: 'ada', scopes: SUBJECT.scopes });
  });
});
