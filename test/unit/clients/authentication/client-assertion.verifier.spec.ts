import { describe, expect, it } from 'vitest';
import { ASSERTION_ALGORITHMS } from '../../../../lib/protocol/supported.js';
import { ClientSigner } from '../../../support/client-signer.js';
import { forgedAssertions, ForgedClientKeys } from '../../../support/forged-assertions.js';
import { NOW } from '../../../support/storage-rows.js';
import { refusalOf, useFrozenStorage } from '../../tokens/fixture.js';
import { authentication, ISSUER, storeClient } from './fixture.js';

const SECOND = 1000;
const now = Math.floor(NOW / SECOND);

describe('ClientAssertionVerifier', () => {
  const storage = useFrozenStorage();
  const keys = new ForgedClientKeys();
  const other = new ClientSigner('ES256', { kid: 'other' });
  const refused = (reason: string) => ({
    type: 'InvalidClientError',
    reason,
    description: 'Client authentication failed',
  });
  const client = () => storeClient(storage, 'private_key_jwt', { jwks: keys.jwks });
  /** Whether an assertion with these claims or this header is taken, or else why not. */
  const outcomeOf = async (change: Parameters<ClientSigner['form']>[2], signer = keys.ec) => {
    const [{ authenticate }, clientId] = [authentication(storage), await client()];
    const attempt = authenticate(signer.form(clientId, ISSUER, change));
    return attempt.then(
      () => 'taken',
      () => refusalOf(attempt).then(({ reason }) => reason),
    );
  };

  it.each(ASSERTION_ALGORITHMS)('CAU-08 CAU-10 takes an assertion signed with %s', async (algorithm) => {
    const signer = new ClientSigner(algorithm);
    const clientId = await storeClient(storage, 'private_key_jwt', { jwks: { keys: [signer.jwk] } });
    const { authenticate } = authentication(storage);
    expect(await authenticate(signer.form(clientId, ISSUER))).toMatchObject({ clientId, secretHashes: [] });
  });

  it('CAU-08 CAU-09 CAU-10 refuses every forged or misused one in the same words, each for its own reason', async () => {
    const { authenticate } = authentication(storage);
    const clientId = await client();
    const otherId = await storeClient(storage, 'private_key_jwt', { jwks: { keys: [other.jwk] } });
    const publicId = await storeClient(storage, 'none');
    const secretId = await storeClient(storage, 'client_secret_basic');
    const used = { jti: 'used before', jwt: keys.ec.assertion(clientId, ISSUER, { claims: { jti: 'used before' } }) };
    await authenticate({ ...keys.ec.form(clientId, ISSUER), client_assertion: used.jwt });
    const target = { issuer: ISSUER, clientId, keys, otherId, otherKey: other, publicId, secretId, used };
    const forged = forgedAssertions(target);
    expect(forged.length).toBeGreaterThanOrEqual(100);
    expect(new Set(forged.map(({ name }) => name)).size).toBe(forged.length);
    for (const { name, reason, form } of forged) {
      expect(await refusalOf(authenticate(form)), name).toEqual(refused(reason));
    }
    await authenticate(keys.ec.form(clientId, ISSUER));
  });

  describe('what it is lenient about', () => {
    it.each([undefined, 'JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])(
      'CAU-10 takes typ %s',
      async (typ) => expect(await outcomeOf({ header: { typ } })).toBe('taken'),
    );

    it('CAU-10 does not look at keys in the header, whether they are right or wrong', async () => {
      const header = { jwk: other.jwk, jku: 'https://evil.example', x5u: 'https://evil.example', x5c: ['MIIB'] };
      expect(await outcomeOf({ header })).toBe('taken');
    });

    it('CAU-10 finds the key of an assertion that names none', async () => {
      const twins = [new ClientSigner('ES256'), new ClientSigner('ES256')];
      const [, second] = twins as [ClientSigner, ClientSigner];
      const jwks = { keys: twins.map(({ jwk }) => jwk) };
      const clientId = await storeClient(storage, 'private_key_jwt', { jwks });
      const { authenticate } = authentication(storage);
      const nameless = { header: { kid: undefined } };
      expect(await authenticate(second.form(clientId, ISSUER, nameless))).toMatchObject({ clientId });
      const stranger = new ClientSigner('ES256').form(clientId, ISSUER, nameless);
      expect(await refusalOf(authenticate(stranger))).toEqual(refused('client_assertion_signature'));
    });

    it.each(['without a name', 'of one name'])('ABU-02 CAU-10 tries four keys %s, and no fifth', async (name) => {
      const kid = name === 'of one name' ? { kid: 'same' } : {};
      const signers = Array.from({ length: 6 }, () => new ClientSigner('ES256', kid));
      const jwks = { keys: signers.map(({ jwk }) => jwk) };
      const clientId = await storeClient(storage, 'private_key_jwt', { jwks });
      const { authenticate } = authentication(storage);
      const outcomes = signers.map((signer) => {
        const form = signer.form(clientId, ISSUER, name === 'of one name' ? {} : { header: { kid: undefined } });
        return authenticate(form).then(
          () => 'taken',
          (error: { reason: string }) => error.reason,
        );
      });
      const [taken, ambiguous] = ['taken', 'client_assertion_key_ambiguous'];
      expect(await Promise.all(outcomes)).toEqual([taken, taken, taken, taken, ambiguous, ambiguous]);
    });

    it('CAU-09 takes the issuer as the one member of a list', async () => {
      expect(await outcomeOf({ claims: { aud: [ISSUER] } })).toBe('taken');
    });

    it.each([
      ['no iat', { iat: undefined }, 'taken'],
      ['a fraction of a second', { exp: now + 60.5, iat: now - 0.5 }, 'taken'],
      ['ten minutes and the clock of a client that is ahead', { exp: now + 630 }, 'taken'],
      ['a second more', { exp: now + 631 }, 'client_assertion_long_lived'],
      ['a clock that is behind', { exp: now - 29 }, 'taken'],
      ['a second more', { exp: now - 30 }, 'client_assertion_expired'],
      ['an iat ahead', { iat: now + 30 }, 'taken'],
      ['a second more', { iat: now + 31 }, 'client_assertion_not_yet_valid'],
      ['an nbf ahead', { nbf: now + 30 }, 'taken'],
      ['a second more', { nbf: now + 31 }, 'client_assertion_not_yet_valid'],
      ['an iat of ten minutes ago', { iat: now - 629 }, 'taken'],
      ['two seconds more', { iat: now - 631 }, 'client_assertion_long_lived'],
      ['an id of 256 characters', { jti: 'x'.repeat(256) }, 'taken'],
      ['an id with anything in it', { jti: `'; DROP TABLE é 🦊 ${now}` }, 'taken'],
    ] as const)('CAU-08 %s', async (_what, claims, outcome) => {
      expect(await outcomeOf({ claims })).toBe(outcome);
    });
  });

  describe('the algorithm a client registered', () => {
    it('CAU-10 is the only one', async () => {
      const { authenticate } = authentication(storage);
      const metadata = { jwks: keys.jwks, token_endpoint_auth_signing_alg: 'ES256' };
      const clientId = await storeClient(storage, 'private_key_jwt', metadata);
      expect(await authenticate(keys.ec.form(clientId, ISSUER))).toMatchObject({ clientId });
      for (const signer of [keys.rsa, keys.ed, keys.p384]) {
        const attempt = authenticate(signer.form(clientId, ISSUER));
        expect(await refusalOf(attempt)).toEqual(refused('client_assertion_algorithm_differs'));
      }
    });
  });

  describe('using up', () => {
    it('CAU-08 lets an assertion work once, by any instance, until it could not be used anyway', async () => {
      const [first, second] = [authentication(storage), authentication(storage)];
      const clientId = await client();
      const form = keys.ec.form(clientId, ISSUER, { claims: { jti: 'once', exp: now + 60 } });
      await first.authenticate(form);
      for (const { authenticate } of [first, second]) {
        expect(await refusalOf(authenticate(form))).toEqual(refused('client_assertion_used'));
      }
      const rows: { expires_at: number }[] = await storage.dataSource.query(
        'SELECT expires_at FROM mcp_auth_used_assertions ORDER BY id DESC LIMIT 1',
      );
      expect(Number(rows[0]?.expires_at)).toBe((now + 60 + 2 * 30) * SECOND);
    });

    it('CAU-08 tells clients with the same idea of an id apart, and ids that run into each other', async () => {
      const { authenticate } = authentication(storage);
      const [one, two] = [await client(), await client()];
      const claims = { jti: '1' };
      expect(await authenticate(keys.ec.form(one, ISSUER, { claims }))).toMatchObject({ clientId: one });
      expect(await authenticate(keys.ec.form(two, ISSUER, { claims }))).toMatchObject({ clientId: two });
    });

    it('CAU-08 uses nothing up that it refuses: a stranger cannot spend an id that the client is about to use', async () => {
      const { authenticate } = authentication(storage);
      const clientId = await client();
      const claims = { jti: 'about to be used' };
      const forged = new ClientSigner('ES256', { kid: 'ec' }).form(clientId, ISSUER, { claims });
      expect(await refusalOf(authenticate(forged))).toEqual(refused('client_assertion_signature'));
      expect(await authenticate(keys.ec.form(clientId, ISSUER, { claims }))).toMatchObject({ clientId });
    });
  });
});
