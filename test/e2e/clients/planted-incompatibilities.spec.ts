import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { simulateClient, simulatedClients, type SimulatedClientName } from 'nestjs-mcp-auth/testing';
import * as planted from '../../support/planted-incompatibilities.js';
import { PublishedDocuments } from '../../support/published-documents.js';
import { signInAs } from '../../support/sign-in.js';
import { type Tampering, TamperingProxy } from '../../support/tampering-proxy.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';

type Row = readonly [name: SimulatedClientName, what: string, tampering: () => Tampering, message: RegExp];

const slash = (value: unknown) => `${String(value)}/`;

const ROWS: readonly Row[] = [
  ['ai-sdk', 'metadata on another origin', planted.metadataElsewhere, /is on another origin than http/],
  ['ai-sdk', 'null in the token answer', planted.nullIn.tokens, /\/oauth\/token answers with null in scope/],
  [
    'chatgpt',
    'a slash after the issuer',
    () => planted.serverMetadata((it) => ({ ...it, issuer: slash(it['issuer']) })),
    /has the issuer http:.*\/, and it was sent to http/,
  ],
  [
    'chatgpt',
    'PKCE that nobody announces',
    () => planted.without('server', 'code_challenge_methods_supported'),
    /does not offer the code challenge method S256/,
  ],
  [
    'chatgpt',
    'a token answer without a refresh token',
    () => planted.without('tokens', 'refresh_token'),
    /gives it no refresh token/,
  ],
  ['claude-ai', '403 instead of 401', planted.forbidden, /first POST .* is answered with 403, and only 401/],
  ['claude-ai', 'no challenge', planted.withoutChallenge, /has no WWW-Authenticate with Bearer and resource_metadata/],
  [
    'claude-ai',
    'two refreshes of which one is refused',
    planted.refreshesOnce,
    /answers 400 {"error":"invalid_grant"}/,
  ],
  [
    'claude-ai',
    'a resource that is not the address',
    () => planted.resourceMetadata((it) => ({ ...it, resource: slash(it['resource']) })),
    /is about the resource .*\/mcp\/, and it was given/,
  ],
  [
    'claude-code',
    'ports that must match',
    planted.exactPorts,
    /waits at http:\/\/localhost:\d+\/callback, and the browser does not come back there: the page says 400/,
  ],
  [
    'claude-code',
    'null in the registration',
    planted.nullIn.registration,
    /\/oauth\/register answers with null in logo_uri/,
  ],
  [
    'claude-code',
    'a registration without grant types',
    () => planted.without('registration', 'grant_types'),
    /does not repeat grant_types/,
  ],
  [
    'claude-code',
    'a scope it does not know',
    planted.unknownScopesRefused,
    /the answer in the browser is invalid_scope/,
  ],
  [
    'codex',
    'ports that must match',
    planted.exactPorts,
    /waits at http:\/\/127\.0\.0\.1:\d+\/callback, and the browser does not come back/,
  ],
  [
    'codex',
    'another issuer in the browser',
    () => planted.inBrowser('iss', (value) => `${value}%2F`),
    /has the iss http.*\/, and the server is http/,
  ],
  [
    'codex',
    'no issuer in the browser',
    () => planted.inBrowser('iss', () => undefined),
    /the answer in the browser has no iss/,
  ],
  [
    'codex',
    'refreshes that must name the resource',
    planted.resourceDemandedAtRefresh,
    /answers 400 {"error":"invalid_target"}/,
  ],
  ['cursor', 'no scheme but https', planted.schemesRefused, /answers its registration with 400 .*invalid_redirect_uri/],
  [
    'cursor',
    'a redirect URI that gets lost',
    () => planted.registrationEcho((it) => ({ ...it, redirect_uris: ['http://localhost:8787/callback'] })),
    /does not repeat the redirect URI cursor:\/\//,
  ],
  ['inspector', 'null in the metadata', planted.nullIn.serverMetadata, /answers with null in service_documentation/],
  ['inspector', 'another state', () => planted.inBrowser('state', (value) => `x${value}`), /has another state/],
  [
    'inspector-1',
    'no CORS at the token endpoint',
    () => planted.withoutCors('/oauth/token'),
    /the browser keeps .*\/oauth\/token from it \(CORS\): Access-Control-Allow-Origin/,
  ],
  [
    'inspector-1',
    'no CORS at the registration',
    () => planted.withoutCors('/oauth/register'),
    /the browser keeps .*\/oauth\/register from it \(CORS\)/,
  ],
  [
    'mcp-remote',
    'an answer to GET before the token',
    planted.postOnly,
    /first GET .* is answered with 405, and only 401/,
  ],
  [
    'mcp-remote',
    'null in the metadata of the resource',
    planted.nullIn.resourceMetadata,
    /answers with null in resource_documentation/,
  ],
  [
    'mcp-remote-0.1',
    'errors of the framework',
    planted.frameworkErrors,
    /answers 401 "Unauthorized" to a client that the server has forgotten, and only invalid_client/,
  ],
  [
    'nango',
    'an empty secret that is one too many',
    planted.emptySecretRefused,
    /answers 400 {"error":"invalid_request"}/,
  ],
  [
    'oauth4webapi',
    '200 instead of 201',
    () => planted.created(200),
    /answers its registration with 200, and it wants 201/,
  ],
  [
    'oauth4webapi',
    'a secret without an expiry',
    () => planted.without('registration', 'client_secret_expires_at'),
    /a secret without a number in client_secret_expires_at/,
  ],
  ['oauth4webapi', 'no method but none', planted.noneOnly, /answers 401 {"error":"invalid_client"}/],
  [
    'revision-2025-03',
    'a resource that must be named',
    planted.resourceDemandedAtAuthorize,
    /the answer in the browser is invalid_target/,
  ],
  [
    'vscode',
    'the origin as a resource',
    () => planted.resourceMetadata((it) => ({ ...it, resource: new URL(String(it['resource'])).origin })),
    /is about the resource http:\/\/127\.0\.0\.1:\d+, and it was given/,
  ],
  [
    'vscode',
    'ports that must match',
    planted.exactPorts,
    /waits at http:\/\/127\.0\.0\.1:\d+\/, and the browser does not come back/,
  ],
];

/** What nobody can go on with, each at some client. */
const FOR_ALL: readonly Row[] = [
  [
    'ai-sdk',
    'tokens of another type',
    () => planted.tokens((it) => ({ ...it, token_type: 'mac' })),
    /gives it a token of the type "mac"/,
  ],
  ['claude-code', 'tokens that open nothing', planted.tokensRefused, /\/mcp answers 401 to a request with its token/],
  [
    'codex',
    'no code in the browser',
    () => planted.inBrowser('code', () => undefined),
    /the answer in the browser has no code/,
  ],
  [
    'cursor',
    'a token endpoint that has moved',
    planted.tokensElsewhere,
    /\/oauth\/token answers with a redirect, which no client follows/,
  ],
  [
    'inspector',
    'no registration',
    () => planted.without('server', 'registration_endpoint'),
    /the server offers no registration/,
  ],
  [
    'inspector-1',
    'a browser that holds the token back',
    planted.withoutAuthorizationHeader,
    /\(CORS\): the header authorization is not allowed/,
  ],
  [
    'mcp-remote',
    'a page instead of the metadata',
    () => planted.metadataAnswered(200, '<html>'),
    /answers 200 with something that is not JSON/,
  ],
  [
    'mcp-remote-0.1',
    'a lifetime in words',
    () => planted.tokens((it) => ({ ...it, expires_in: 'soon' })),
    /has no number in expires_in/,
  ],
  [
    'nango',
    'an authorization server without a name',
    () => planted.resourceMetadata((it) => ({ ...it, authorization_servers: [] })),
    /names no authorization server/,
  ],
  [
    'oauth4webapi',
    'no response type code',
    () => planted.serverMetadata((it) => ({ ...it, response_types_supported: ['token'] })),
    /does not offer the response type code/,
  ],
  ['revision-2025-03', 'no client_id', () => planted.without('registration', 'client_id'), /gives it no client_id/],
  [
    'vscode',
    'an outage of the metadata',
    () => planted.metadataAnswered(503, ''),
    /answers 503, which ends the search/,
  ],
];

const DOCUMENT_ROWS: readonly Row[] = [
  [
    'chatgpt',
    'no documents but those with none',
    planted.documentsRefused,
    /waits at https:\/\/chatgpt\.com\/.*, and the browser does not come back there: the page says 400/,
  ],
  [
    'claude-code',
    'ports that must match',
    planted.exactPorts,
    /waits at http:\/\/localhost:3118\/callback, and the browser does not come back/,
  ],
];

describe('a server with something planted in it', () => {
  let proxy: TamperingProxy;
  let vendor: PublishedDocuments;
  let host: TestApp;
  beforeAll(async () => {
    proxy = await TamperingProxy.start();
    vendor = await PublishedDocuments.start();
    host = await startTestApp({
      adapter: 'express',
      options: { baseUrl: proxy.origin, clientDocuments: { allowLoopback: true } },
      configure: (app) => vendor.trustedBy(app),
    });
    proxy.leadTo(host.origin);
  });
  afterEach(() => {
    proxy.tampering = {};
  });
  afterAll(async () => {
    await host.close();
    await proxy.close();
    await vendor.close();
  });

  const options = () => ({ mcpUrl: `${proxy.origin}/mcp`, signIn: signInAs(proxy.origin) });

  it.each(simulatedClients)('lets %s in while nothing is planted', async (name) => {
    await expect(simulateClient(name).connect(options())).resolves.toMatchObject({ identifiedBy: 'registration' });
  });

  it('plants something for every client', () => {
    expect([...new Set(ROWS.map(([name]) => name))].sort()).toEqual(simulatedClients.toSorted());
  });

  it.each([...ROWS, ...FOR_ALL])('keeps %s out with %s, and it says so', async (name, _what, tampering, message) => {
    const client = simulateClient(name);
    proxy.tampering = tampering();
    const connecting = client.connect(options());
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toThrow(`${client.title} would not connect: `);
    await expect(connecting).rejects.toThrow(`(${client.source}, ${client.observed})`);
  });

  it.each(DOCUMENT_ROWS)(
    'keeps %s and its document out with %s, and it says so',
    async (name, _what, tampering, message) => {
      const client = simulateClient(name);
      vendor.serve(client.documents(vendor.origin));
      proxy.tampering = tampering();
      await expect(client.connect({ ...options(), documentOrigin: vendor.origin })).rejects.toThrow(message);
    },
  );
});
