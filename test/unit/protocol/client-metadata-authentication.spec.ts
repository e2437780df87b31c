import { describe, expect, it } from 'vitest';
import { needsSecret } from '../../../lib/protocol/client-metadata-authentication.js';
import { parseClientMetadata } from '../../../lib/protocol/client-metadata.js';
import type { ClientMetadataPolicy } from '../../../lib/protocol/client-metadata-policy.js';
import { CONFIGURED, DOCUMENT, EC_KEY, metadataRefused, redirect_uris, REGISTRATION } from './metadata-fixture.js';
import { refusal } from './refusal.js';

const parse = (members: Readonly<Record<string, unknown>>, policy: ClientMetadataPolicy) =>
  parseClientMetadata({ redirect_uris, client_name: 'Example', ...members }, policy);

const jwks_uri = 'https://client.example/jwks.json';
const ASSERTIONS = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri };
const UNSUPPORTED = metadataRefused('auth_method_unsupported', 'token_endpoint_auth_method is not supported');
const NO_KEYS = metadataRefused('keys_missing', 'private_key_jwt needs public keys in jwks or jwks_uri');

describe.each([REGISTRATION, DOCUMENT, CONFIGURED])('private_key_jwt in $mode', (policy) => {
  it('REG-15 CMD-07 keeps the method, its algorithm, and the keys by reference or by value', () => {
    const byReference = { ...ASSERTIONS, token_endpoint_auth_signing_alg: 'ES256' };
    expect(parse(byReference, policy)).toMatchObject(byReference);
    const jwks = { keys: [EC_KEY] };
    expect(parse({ ...ASSERTIONS, jwks_uri: undefined, jwks }, policy)).toMatchObject({ jwks });
  });

  it.each([[{}], [{ jwks: { keys: [] } }], [{ jwks: { keys: [{ kty: 'AKP', pub: 'x' }] } }], [{ jwks_uri: '' }]])(
    'REG-15 refuses it without a key that could be used: %j',
    (keys) => {
      expect(refusal(() => parse({ ...ASSERTIONS, jwks_uri: undefined, ...keys }, policy))).toStrictEqual(NO_KEYS);
    },
  );

  it.each(['HS256', 'none', 'PS256', 'es256', ''])('REG-15 CAU-10 refuses the algorithm %j', (alg) => {
    expect(refusal(() => parse({ ...ASSERTIONS, token_endpoint_auth_signing_alg: alg }, policy))).toStrictEqual(
      metadataRefused('signing_alg_unsupported', 'token_endpoint_auth_signing_alg is not supported'),
    );
  });

  it('REG-16 refuses an algorithm that is no string, whatever the method', () => {
    for (const members of [ASSERTIONS, { token_endpoint_auth_method: 'none' }]) {
      expect(refusal(() => parse({ ...members, token_endpoint_auth_signing_alg: 7 }, policy))).toStrictEqual(
        metadataRefused(
          'token_endpoint_auth_signing_alg_wrong_type',
          'token_endpoint_auth_signing_alg must be a string',
        ),
      );
    }
  });

  it('REG-13 does not mind, and does not keep, an algorithm where nothing is signed', () => {
    const metadata = parse({ token_endpoint_auth_method: 'none', token_endpoint_auth_signing_alg: 'HS256' }, policy);
    expect(metadata).not.toHaveProperty('token_endpoint_auth_signing_alg');
  });

  it('REG-13 refuses it where it is not offered', () => {
    const without = { ...policy, authMethods: ['none', 'client_secret_basic'] };
    expect(refusal(() => parse(ASSERTIONS, without))).toStrictEqual(UNSUPPORTED);
  });
});

describe('the method of a document', () => {
  const method = (members: Readonly<Record<string, unknown>>, authMethods = DOCUMENT.authMethods) =>
    parse(members, { ...DOCUMENT, authMethods }).token_endpoint_auth_method;
  const WITHOUT_ASSERTIONS = ['none', 'client_secret_basic', 'client_secret_post'];
  const able = (...names: string[]) => ({ token_endpoint_auth_methods_supported: names });

  it('CMD-08 is none where the document does not say', () => {
    expect(method({})).toBe('none');
    expect(method(able())).toBe('none');
    expect(method({ jwks_uri, ...able('private_key_jwt', 'none') })).toBe('none');
  });

  it('CMD-08 is what it can do, where it cannot do none', () => {
    expect(method({ jwks_uri, ...able('private_key_jwt') })).toBe('private_key_jwt');
    expect(refusal(() => method(able('private_key_jwt')))).toStrictEqual(UNSUPPORTED);
  });

  it('CMD-07 CMD-08 is the one it prefers, like ChatGPT, as long as it is offered', () => {
    const chatgpt = { ...ASSERTIONS, ...able('none', 'private_key_jwt') };
    expect(method(chatgpt)).toBe('private_key_jwt');
    expect(method(chatgpt, WITHOUT_ASSERTIONS)).toBe('none');
  });

  it('CMD-08 falls back to a common one, the stronger first, if it has keys for it', () => {
    const mtls = {
      token_endpoint_auth_method: 'tls_client_auth',
      ...able('none', 'tls_client_auth', 'private_key_jwt'),
    };
    expect(method({ ...mtls, jwks_uri })).toBe('private_key_jwt');
    expect(method(mtls)).toBe('none');
    expect(method({ ...mtls, jwks: { keys: [] } })).toBe('none');
  });

  it.each([
    [{ token_endpoint_auth_method: 'tls_client_auth' }],
    [{ token_endpoint_auth_method: '' }],
    [{ token_endpoint_auth_method: 'tls_client_auth', ...able('tls_client_auth') }],
    [{ token_endpoint_auth_method: 'tls_client_auth', ...able('client_secret_post', 'client_secret_basic') }],
    [able('tls_client_auth')],
    [able('client_secret_basic')],
  ])('CMD-05 CMD-08 refuses %j, where nothing is left', (members) => {
    expect(refusal(() => method(members))).toStrictEqual(UNSUPPORTED);
  });

  it.each(['client_secret_basic', 'client_secret_post', 'client_secret_jwt'])(
    'CMD-05 refuses %s, whatever else it can do',
    (symmetric) => {
      expect(
        refusal(() => method({ token_endpoint_auth_method: symmetric, ...able('none', symmetric) })),
      ).toStrictEqual(
        metadataRefused('auth_method_symmetric', 'A client metadata document cannot use a client secret'),
      );
    },
  );

  it.each(['client_secret', 'client_secret_expires_at', 'client_secret_hash'])('CMD-05 refuses a %s', (name) => {
    for (const value of ['x', 0, null]) {
      expect(refusal(() => method({ [name]: value }))).toStrictEqual(
        metadataRefused('secret_in_document', 'A client metadata document must not contain a client secret'),
      );
    }
  });

  it('CMD-05 refuses private keys, needed or not', () => {
    const NOT_PUBLIC = metadataRefused('jwks_not_public', 'jwks must hold public keys only');
    expect(refusal(() => method({ jwks: { keys: [{ ...EC_KEY, d: 'x' }] } }))).toStrictEqual(NOT_PUBLIC);
  });

  it.each([[null], ['none'], [[7]], [{}]])('ABU-05 refuses the list %j', (list) => {
    expect(refusal(() => method({ token_endpoint_auth_methods_supported: list }))).toStrictEqual(
      metadataRefused(
        'token_endpoint_auth_methods_supported_wrong_type',
        'token_endpoint_auth_methods_supported must be an array of strings',
      ),
    );
  });
});

describe.each([REGISTRATION, CONFIGURED])('the method in $mode', (policy) => {
  it('REG-07 is client_secret_basic where none is named, whatever the client can do', () => {
    const able = { token_endpoint_auth_methods_supported: ['none'] };
    expect(parse(able, policy).token_endpoint_auth_method).toBe('client_secret_basic');
  });

  it('REG-13 is not negotiated', () => {
    const mtls = {
      token_endpoint_auth_method: 'tls_client_auth',
      token_endpoint_auth_methods_supported: ['none'],
    };
    expect(refusal(() => parse(mtls, policy))).toStrictEqual(UNSUPPORTED);
  });

  it('REG-04 does not mind a client_secret, which the server makes', () => {
    expect(parse({ client_secret: 'x' }, policy)).not.toHaveProperty('client_secret');
  });
});

describe('needsSecret', () => {
  it('REG-06 is true of the two methods that send one', () => {
    expect(needsSecret('client_secret_basic')).toBe(true);
    expect(needsSecret('client_secret_post')).toBe(true);
    expect(needsSecret('none')).toBe(false);
    expect(needsSecret('private_key_jwt')).toBe(false);
  });
});
