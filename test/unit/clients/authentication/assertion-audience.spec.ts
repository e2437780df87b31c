import { describe, expect, it } from 'vitest';
import { AssertionAudience } from '../../../../lib/clients/authentication/assertion-audience.js';
import { readAssertionUse } from '../../../../lib/clients/authentication/assertion-rules.js';
import type { RegisteredClient } from '../../../../lib/clients/registered-client.js';
import { PublicUrls } from '../../../../lib/config/public-urls.js';
import { resolveOptions, resolveStaticOptions } from '../../../../lib/config/resolve-options.js';
import { newClient, NOW } from '../../../support/storage-rows.js';
import { TestUsers } from '../../../support/test-users.js';
import { refusal } from '../../protocol/refusal.js';

const ISSUER = 'https://app.example/tenant';
const TOKEN = 'https://app.example/oauth/token';
const CHATGPT = 'https://chatgpt.com/oauth/client.json';

function audiencesOf(clientId: string, source: RegisteredClient['source'] = 'document', hosts?: readonly string[]) {
  const options = resolveOptions(
    {
      users: new TestUsers(),
      oauthSecret: 'abcdefghijklmnopqrstuvwxyz012345',
      baseUrl: 'https://app.example',
      issuer: ISSUER,
      ...(hosts ? { clientDocuments: { tokenEndpointAudienceHosts: hosts } } : {}),
    },
    resolveStaticOptions({}),
  );
  const { metadata } = newClient();
  const client = { id: undefined, clientId, source, secretHashes: [], metadata, approved: false, known: false };
  return new AssertionAudience(new PublicUrls(options), options).of(client);
}

describe('AssertionAudience', () => {
  it('CAU-09 takes the token endpoint of ChatGPT as well, unless an operator wants otherwise', () => {
    expect(audiencesOf(CHATGPT)).toEqual([ISSUER, TOKEN]);
    expect(audiencesOf(CHATGPT, 'document', [])).toEqual([ISSUER]);
  });

  it.each([
    'https://chatgpt.com.evil.example/client.json',
    'https://evil.example/chatgpt.com/client.json',
    'https://evilchatgpt.com/client.json',
    'https://www.chatgpt.com/client.json',
    'https://evil.example/client.json?chatgpt.com',
    'https://claude.ai/client.json',
  ])('CAU-09 takes nothing but the issuer of %s', (clientId) => expect(audiencesOf(clientId)).toEqual([ISSUER]));

  it.each(['dynamic', 'pre_registered'] as const)(
    'CAU-09 takes nothing but the issuer of a client that is %s, whatever its name',
    (source) => {
      for (const clientId of [CHATGPT, 'aGVsbG8']) expect(audiencesOf(clientId, source)).toEqual([ISSUER]);
    },
  );

  it('CAU-09 knows hosts below a listed one', () => {
    const listed = ['*.vendor.example', 'other.example'];
    expect(audiencesOf('https://apps.vendor.example/c', 'document', listed)).toHaveLength(2);
    expect(audiencesOf('https://other.example:8443/c', 'document', listed)).toHaveLength(2);
    expect(audiencesOf('https://vendor.example/c', 'document', listed)).toHaveLength(1);
    expect(audiencesOf(CHATGPT, 'document', listed)).toHaveLength(1);
  });

  it('CAU-09 takes one of two audiences, never both at once', () => {
    const claims = { exp: NOW / 1000 + 60, jti: 'one' };
    const use = (aud: unknown) => readAssertionUse({ ...claims, aud }, [ISSUER, TOKEN], NOW);
    for (const aud of [ISSUER, TOKEN, [TOKEN]]) expect(use(aud).id).toBe('one');
    for (const aud of [
      [ISSUER, TOKEN],
      [TOKEN, TOKEN],
      `${TOKEN}/`,
      'https://app.example',
      [],
      undefined,
      [undefined],
    ]) {
      expect(refusal(() => use(aud)).reason).toBe('client_assertion_audience');
    }
  });
});
