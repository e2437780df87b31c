import type { ClientMetadataPolicy } from '../../../lib/protocol/client-metadata-policy.js';
import type { Refusal } from './refusal.js';

export const REGISTRATION: ClientMetadataPolicy = {
  mode: 'registration',
  allowedRedirectSchemes: ['cursor', 'vscode', 'vscode-insiders'],
  grantTypes: ['authorization_code', 'refresh_token'],
  authMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  remoteKeys: true,
  assertionAlgorithms: ['RS256', 'ES256'],
};
export const DOCUMENT: ClientMetadataPolicy = { ...REGISTRATION, mode: 'document' };
export const CONFIGURED: ClientMetadataPolicy = { ...REGISTRATION, mode: 'configured' };

export const redirect_uris = ['https://client.example/cb'];

export const EC_KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: '1', use: 'sig', alg: 'ES256' };

export const metadataRefused = (reason: string, description: string): Refusal => ({
  type: 'InvalidClientMetadataError',
  reason,
  description,
});

export const redirectRefused = (reason: string, description: string): Refusal => ({
  type: 'InvalidRedirectUriError',
  reason,
  description,
});
