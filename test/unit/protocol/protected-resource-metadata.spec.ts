import { describe, expect, it } from 'vitest';
import { protectedResourceMetadata } from '../../../lib/protocol/protected-resource-metadata.js';

const input = {
  resource: 'https://app.example/mcp',
  authorizationServers: ['https://app.example'],
  scopes: ['mcp:read', 'mcp:write'],
};

describe('protectedResourceMetadata', () => {
  it('DSC-19 to DSC-21: names the resource, its issuers, its scopes and its name', () => {
    expect(protectedResourceMetadata({ ...input, name: 'Notes', documentation: 'https://docs.example' })).toStrictEqual(
      {
        resource: 'https://app.example/mcp',
        authorization_servers: ['https://app.example'],
        scopes_supported: ['mcp:read', 'mcp:write'],
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
        resource_documentation: 'https://docs.example',
      },
    );
  });

  it('DSC-21 never offers offline_access', () => {
    const { scopes_supported } = protectedResourceMetadata({ ...input, scopes: ['offline_access', 'mcp:read'] });
    expect(scopes_supported).toStrictEqual(['mcp:read']);
  });

  it('DSC-09 has no empty list and no member that is not set', () => {
    expect(protectedResourceMetadata({ ...input, scopes: ['offline_access'] })).toStrictEqual({
      resource: 'https://app.example/mcp',
      authorization_servers: ['https://app.example'],
      bearer_methods_supported: ['header'],
    });
  });
});
