import { describe, expect, it } from 'vitest';
import { authorizationServerMetadata, metadataDocument } from '../../../lib/protocol/authorization-server-metadata.js';

const issuer = 'https://app.example';
const required = {
  authorization: `${issuer}/oauth/authorize`,
  token: `${issuer}/oauth/token`,
  jwks: `${issuer}/.well-known/jwks.json`,
};
const input = {
  issuer,
  endpoints: required,
  scopes: ['mcp:read', 'mcp:write'],
  grantTypes: ['authorization_code', 'refresh_token'],
  authMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  assertionAlgorithms: ['RS256', 'ES256'],
  clientIdMetadataDocuments: false,
};

describe('authorizationServerMetadata', () => {
  it('DSC-02 to DSC-13: names what is on, and nothing that is off', () => {
    expect(authorizationServerMetadata(input)).toStrictEqual({
      issuer,
      authorization_endpoint: 'https://app.example/oauth/authorize',
      token_endpoint: 'https://app.example/oauth/token',
      jwks_uri: 'https://app.example/.well-known/jwks.json',
      scopes_supported: ['mcp:read', 'mcp:write'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });

  it('DSC-07, DSC-11 and DSC-12: names every endpoint that is on, with its authentication', () => {
    const endpoints = {
      ...required,
      registration: `${issuer}/oauth/register`,
      revocation: `${issuer}/oauth/revoke`,
      introspection: `${issuer}/oauth/introspect`,
      userinfo: `${issuer}/oauth/userinfo`,
    };
    const documentation = 'https://docs.example';
    const uiLocales = ['en', 'de'];
    expect(
      authorizationServerMetadata({ ...input, endpoints, documentation, uiLocales, clientIdMetadataDocuments: true }),
    ).toStrictEqual({
      ...authorizationServerMetadata(input),
      registration_endpoint: 'https://app.example/oauth/register',
      revocation_endpoint: 'https://app.example/oauth/revoke',
      introspection_endpoint: 'https://app.example/oauth/introspect',
      userinfo_endpoint: 'https://app.example/oauth/userinfo',
      revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      client_id_metadata_document_supported: true,
      service_documentation: documentation,
      ui_locales_supported: uiLocales,
    });
  });

  it('DSC-08 names algorithms of assertions wherever assertions are taken, and nowhere else', () => {
    const named = (change: object) =>
      Object.entries(authorizationServerMetadata({ ...input, ...change })).filter(([name]) =>
        name.includes('signing_alg'),
      );
    expect(named({})).toEqual([]);
    const authMethods = ['none', 'private_key_jwt'];
    expect(named({ authMethods })).toEqual([['token_endpoint_auth_signing_alg_values_supported', ['RS256', 'ES256']]]);
    const endpoints = {
      ...required,
      revocation: `${issuer}/oauth/revoke`,
      introspection: `${issuer}/oauth/introspect`,
    };
    expect(named({ authMethods, endpoints })).toEqual(
      ['token', 'revocation', 'introspection'].map((endpoint) => [
        `${endpoint}_endpoint_auth_signing_alg_values_supported`,
        ['RS256', 'ES256'],
      ]),
    );
  });

  it('DSC-09 has no empty list', () => {
    const metadata = authorizationServerMetadata({ ...input, scopes: [] });
    expect(Object.hasOwn(metadata, 'scopes_supported')).toBe(false);
  });
});

describe('metadataDocument', () => {
  it('DSC-09 leaves out null, undefined and empty lists, and keeps false, zero and empty text', () => {
    expect(metadataDocument({ a: null, b: undefined, c: [], d: false, e: 0, f: '', g: ['x'] })).toStrictEqual({
      d: false,
      e: 0,
      f: '',
      g: ['x'],
    });
  });
});
