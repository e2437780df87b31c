import { AssertionAudience } from '../../../../lib/clients/authentication/assertion-audience.js';
import { ClientAssertionVerifier } from '../../../../lib/clients/authentication/client-assertion.verifier.js';
import { ClientAuthenticator } from '../../../../lib/clients/authentication/client-authenticator.js';
import { ClientKeys } from '../../../../lib/clients/client-keys.js';
import type { ClientResolver } from '../../../../lib/clients/client-resolver.js';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { KeySetFetcher, type KeySetQuestion } from '../../../../lib/clients/key-set-fetcher.js';
import { RateLimiter } from '../../../../lib/limits/rate-limiter.js';
import { RemoteKeys } from '../../../../lib/clients/remote-keys.js';
import { StoredClientSource } from '../../../../lib/clients/stored-client.source.js';
import { FormParameters } from '../../../../lib/protocol/form-parameters.js';
import { hashToken } from '../../../../lib/protocol/opaque-token.js';
import type { TokenEndpointAuthMethod } from '../../../../lib/protocol/client-metadata.js';
import { SeenKeySetRepository } from '../../../../lib/storage/repositories/seen-key-set.repository.js';
import { newClient } from '../../../support/storage-rows.js';
import type { TestStorage } from '../../../support/storage.js';
import { ORIGIN, tokenParts } from '../../tokens/fixture.js';

export const ISSUER = ORIGIN;

/** The network, as far as clients have keys there: what stands at an address, or that nothing answers. */
export class KeyServers extends KeySetFetcher {
  readonly answers = new Map<string, unknown>();
  readonly asked: (readonly [url: string, question: KeySetQuestion])[] = [];
  /** Held back until this resolves. */
  slow: Promise<unknown> = Promise.resolve();

  override async getJson(url: string, question: KeySetQuestion): Promise<unknown> {
    this.asked.push([url, question]);
    await this.slow;
    if (!this.answers.has(url)) throw new ClientDocumentError({ reason: 'client_document_unreachable' });
    return this.answers.get(url);
  }
}

/** Client authentication on one instance of the server, with everything real but the network. */
export function authentication(storage: TestStorage, servers = new KeyServers()) {
  const { urls, clock, options } = tokenParts(storage);
  const rows = new SeenKeySetRepository(storage.dataSource, storage.transactions);
  const remote = new RemoteKeys(servers, rows, clock);
  const verifier = new ClientAssertionVerifier(
    new ClientKeys(remote, options),
    storage.usedAssertions,
    new AssertionAudience(urls, options),
    clock,
  );
  const source = new StoredClientSource(storage.clients);
  const clients = { resolve: (clientId: string) => source.find(clientId) } as unknown as ClientResolver;
  const authenticator = new ClientAuthenticator(clients, verifier, new RateLimiter(options));
  const authenticate = (form: Readonly<Record<string, string>>, authorization?: string) =>
    authenticator.authenticate(FormParameters.parse(new URLSearchParams(form).toString()), authorization);
  return { clock, servers, rows, remote, verifier, authenticator, authenticate };
}

export const SECRET = 'a-secret-of-a-client-that-nobody-guesses-ever';

/** A stored client that authenticates in this way; returns its `client_id`. */
export async function storeClient(
  { clients }: TestStorage,
  method: TokenEndpointAuthMethod,
  metadata: object = {},
): Promise<string> {
  const secretHash = method.startsWith('client_secret') ? hashToken(SECRET) : null;
  const client = newClient({ secretHash });
  const stored = { ...client.metadata, token_endpoint_auth_method: method, ...metadata };
  return (await clients.insert({ ...client, metadata: stored })).clientId;
}
