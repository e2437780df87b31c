import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectOptions,
  simulateClient,
  simulatedClients,
  type SimulatedClientName,
} from 'nestjs-mcp-auth/testing';
import { PublishedDocuments } from '../../support/published-documents.js';
import { signInAs } from '../../support/sign-in.js';
import { ADAPTERS, startTestApp, type TestApp } from '../../support/test-app.js';

/** Those that are known by a document where the server lets them, besides ChatGPT. */
const WITH_DOCUMENT: readonly SimulatedClientName[] = ['claude-ai', 'claude-code', 'codex', 'vscode'];

describe.each(ADAPTERS)('clients of the field, simulated, on %s', (adapter) => {
  let host: TestApp;
  let vendor: PublishedDocuments;
  beforeAll(async () => {
    vendor = await PublishedDocuments.start();
    host = await startTestApp({
      adapter,
      options: { clientDocuments: { allowLoopback: true } },
      configure: (app) => vendor.trustedBy(app),
    });
  });
  afterAll(async () => {
    await host.close();
    await vendor.close();
  });

  const options = () => ({ mcpUrl: `${host.origin}/mcp`, signIn: signInAs(host.origin) });

  it.each(simulatedClients)(
    'REG-01 REG-05 REG-12 REG-13 AUT-09 AUT-10 TOK-05 %s registers and connects',
    async (name) => {
      const client = simulateClient(name);
      const { identifiedBy, clientId, logins } = await client.connect(options());
      expect(identifiedBy).toBe('registration');
      expect(clientId).toMatch(/^[\w-]{43}$/);
      expect(logins).toHaveLength(client.redirectUris(options().mcpUrl).length);
      for (const { accessToken, refreshToken, scope } of logins) {
        expect(accessToken.split('.')).toHaveLength(3);
        expect(refreshToken).toBeDefined();
        expect(scope?.split(' ')).toContain('mcp:read');
      }
    },
  );

  /** With its document on the vendor's server. */
  async function connectByDocument(name: SimulatedClientName, more: Partial<ConnectOptions> = {}) {
    const client = simulateClient(name);
    vendor.serve(client.documents(vendor.origin));
    const connection = await client.connect({ ...options(), documentOrigin: vendor.origin, ...more });
    expect(connection).toMatchObject({ identifiedBy: 'document', clientId: client.documentUrl(vendor.origin) });
    expect(connection.logins).toHaveLength(client.redirectUris(options().mcpUrl).length);
  }

  it.each(WITH_DOCUMENT)('CMD-06 CMD-08 AUT-09 AUT-10 %s is known by its document and connects', (name) =>
    connectByDocument(name),
  );

  it('CMD-07 CAU-08 CAU-09 chatgpt is known by its document, signs for the issuer, and connects', () =>
    connectByDocument('chatgpt', { assertionAudience: 'issuer' }));

  it('CAU-09 chatgpt as it is today signs for the token endpoint, which is refused to hosts that are not listed', async () => {
    await expect(connectByDocument('chatgpt')).rejects.toThrow('answers 401 {"error":"invalid_client"');
    expect(host.log.reasons()).toContain('client_assertion_audience');
  });

  describe('where its host is listed', () => {
    let tolerant: TestApp;
    beforeAll(async () => {
      const clientDocuments = { allowLoopback: true, tokenEndpointAudienceHosts: ['localhost'] };
      tolerant = await startTestApp({
        adapter,
        options: { clientDocuments },
        configure: (app) => vendor.trustedBy(app),
      });
    });
    afterAll(() => tolerant.close());
    const there = () => ({ mcpUrl: `${tolerant.origin}/mcp`, signIn: signInAs(tolerant.origin) });

    it.each(['token-endpoint', 'issuer'] as const)(
      'CAU-09 chatgpt connects, and signs for the %s',
      (assertionAudience) => {
        // Each simulated client has keys of its own, at one address: time for another look, within the life of an assertion.
        tolerant.clock.advance(31);
        return connectByDocument('chatgpt', { ...there(), assertionAudience });
      },
    );
  });
});
