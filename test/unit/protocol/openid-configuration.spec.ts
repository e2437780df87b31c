import { describe, expect, it } from 'vitest';
import { openidConfiguration } from '../../../lib/protocol/openid-configuration.js';

describe('openidConfiguration', () => {
  const base = { issuer: 'https://app.example', jwks_uri: 'https://app.example/.well-known/jwks.json' };

  it('DSC-03, DSC-14 and DSC-15: completes the other document without changing it', () => {
    expect(openidConfiguration(base, { signingAlgorithms: ['HS256'], scopes: ['mcp:read', 'profile'] })).toStrictEqual({
      ...base,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['HS256'],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    });
    expect(Object.keys(base)).toHaveLength(2);
  });

  it('DSC-14 lists the algorithms it is given', () => {
    expect(openidConfiguration(base, { signingAlgorithms: ['RS256', 'ES256'], scopes: [] })).toMatchObject({
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    });
  });

  it('DSC-09 passes on no empty member of the other document', () => {
    const document = openidConfiguration(
      { ...base, scopes_supported: [], x: null },
      { signingAlgorithms: ['HS256'], scopes: ['mcp:read', 'profile'] },
    );
    expect(Object.keys(document)).not.toContain('scopes_supported');
    expect(Object.keys(document)).not.toContain('x');
  });
});
