import { describe, expect, it } from 'vitest';
import { parseClientMetadata } from '../../../lib/protocol/client-metadata.js';
import type { ClientMetadataPolicy } from '../../../lib/protocol/client-metadata-policy.js';
import {
  CONFIGURED,
  DOCUMENT,
  metadataRefused,
  redirect_uris,
  redirectRefused,
  REGISTRATION,
} from './metadata-fixture.js';
import { refusal } from './refusal.js';

const parse = (members: Readonly<Record<string, unknown>>, policy: ClientMetadataPolicy) =>
  parseClientMetadata({ redirect_uris, client_name: 'Example', ...members }, policy);

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

describe('a document', () => {
  it('CMD-06 CMD-08 is read like a registration, with other defaults', () => {
    expect(parse({}, DOCUMENT)).toStrictEqual({
      redirect_uris,
      client_name: 'Example',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  });

  it.each([undefined, '', ' \u202e ', '\u200b', '\u3164\u2800'])(
    'CMD-04 is refused with the name %j',
    (client_name) => {
      const NAMELESS = metadataRefused('client_name_missing', 'A client metadata document must have a client_name');
      expect(refusal(() => parse({ client_name }, DOCUMENT))).toStrictEqual(NAMELESS);
      expect(parse({ client_name }, REGISTRATION)).not.toHaveProperty('client_name');
    },
  );

  it('CMD-08 may know grants and response types that nobody offers here', () => {
    const metadata = parse(
      { grant_types: [DEVICE, 'authorization_code'], response_types: ['code', 'token'] },
      DOCUMENT,
    );
    expect(metadata.grant_types).toStrictEqual(['authorization_code']);
    expect(metadata.response_types).toStrictEqual(['code']);
  });

  it.each([
    ['grant_types', [DEVICE]],
    ['grant_types', []],
    ['response_types', ['token']],
    ['response_types', []],
  ])('CMD-08 is refused where nothing is left of %s %j', (name, value) => {
    expect(refusal(() => parse({ [name]: value }, DOCUMENT)).reason).toBe(`${name}_unusable`);
  });

  it('CMD-06 keeps what it has besides a private-use scheme of other servers', () => {
    const uris = ['windsurf://mcp/callback', 'http://localhost/callback', 'cursor://x/cb', 'https://client.example/cb'];
    expect(parse({ redirect_uris: uris }, DOCUMENT).redirect_uris).toStrictEqual(uris.slice(1));
  });

  it('CMD-06 is refused where every URI has such a scheme', () => {
    expect(refusal(() => parse({ redirect_uris: ['windsurf://a', 'zed://b'] }, DOCUMENT))).toStrictEqual(
      redirectRefused('redirect_uris_none_allowed', 'No redirect URI has a scheme that is allowed'),
    );
  });

  it.each([
    ['javascript:alert(1)', 'scheme_forbidden'],
    ['http://client.example/cb', 'insecure_http'],
    ['https://client.example/cb#x', 'fragment'],
    ['windsurf://mcp/*', 'wildcard'],
    [7, 'not_a_string'],
  ])('CMD-06 is refused for the redirect URI %j among good ones', (uri, fault) => {
    expect(refusal(() => parse({ redirect_uris: [...redirect_uris, uri] }, DOCUMENT)).reason).toBe(
      `redirect_uri_${fault}`,
    );
  });

  it('CMD-06 matches the application type of Claude Code, which is none, with its address, which is local', () => {
    const uris = ['http://localhost/callback', 'http://127.0.0.1/callback'];
    for (const application_type of [undefined, 'web', 'native']) {
      expect(parse({ redirect_uris: uris, application_type }, DOCUMENT).redirect_uris).toStrictEqual(uris);
    }
  });
});

describe.each([REGISTRATION, CONFIGURED])('redirect URIs in $mode', (policy) => {
  it('REG-09 REG-11 one with a scheme that is not allowed refuses them all', () => {
    expect(refusal(() => parse({ redirect_uris: [...redirect_uris, 'windsurf://mcp'] }, policy))).toStrictEqual(
      redirectRefused('redirect_uri_scheme_not_allowed', 'A redirect URI has a scheme that is not allowed'),
    );
  });
});

describe('a configured client', () => {
  it('PRE-01 may leave out what a registration may leave out', () => {
    expect(parse({}, CONFIGURED)).toStrictEqual(parse({}, REGISTRATION));
    const withoutRefresh = { ...CONFIGURED, grantTypes: ['authorization_code'] };
    expect(parse({}, withoutRefresh).grant_types).toStrictEqual(['authorization_code']);
  });

  it('PRE-01 has exactly the grants and response types it was given', () => {
    const exact = { grant_types: ['authorization_code'], response_types: ['code'] };
    expect(parse(exact, CONFIGURED)).toMatchObject(exact);
  });

  it.each([
    ['grant_types', ['authorization_code', 'client_credentials']],
    ['grant_types', ['authorization_code', DEVICE]],
    ['response_types', ['code', 'token']],
  ])('PRE-01 is refused for the %s %j, which a registration would see cut', (name, value) => {
    expect(refusal(() => parse({ [name]: value }, CONFIGURED))).toStrictEqual(
      metadataRefused(`${name}_unsupported`, `${name} contains what this server does not offer`),
    );
    expect(() => parse({ [name]: value }, REGISTRATION)).not.toThrow();
  });
});
