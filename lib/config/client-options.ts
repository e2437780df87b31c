import type { ClientMetadata } from '../protocol/client-metadata.js';

/**
 * A client that is known beforehand: RFC 7591 members, in the spelling of that RFC, with the name and the secret that you give it. Omitted
 * members mean what RFC 7591 §2 says, `client_secret_basic` among them. Unknown members refuse to boot.
 */
export interface ConfiguredClient
  extends Pick<ClientMetadata, 'redirect_uris'>, Partial<Omit<ClientMetadata, 'redirect_uris'>> {
  /** Printable ASCII, 512 characters at most, and no https URL: those belong to metadata documents. */
  readonly clientId: string;
  /**
   * For `client_secret_basic` and `client_secret_post`, and no other method: 32 to 512 printable ASCII characters. With a list, all are
   * good: add a new one, move the client, take the old one out. Kept as a hash.
   */
  readonly clientSecret?: string | readonly string[];
  /** The most that this client can be granted; declared in `scopes`. Without it, everything. */
  readonly scope?: string;
}

/** Client ID Metadata Documents: clients whose `client_id` is the https URL of a document about them. */
export interface ClientDocumentOptions {
  /**
   * Accept such clients, and say so in the metadata. Their documents are fetched by this server. When off, clients that register themselves
   * cannot name a `jwks_uri` either: this server then calls nobody whom the operator has not named.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * The only hosts whose documents are fetched: `app.example.com`, or `*.example.com` for everything below it. Decided before any
   * look-up of a name.
   * @default every host
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Hosts whose documents are never fetched, in the same form; stronger than `allowedHosts`.
   * @default none
   */
  readonly deniedHosts?: readonly string[];
  /**
   * Ports that documents may be on.
   * @default [443]
   */
  readonly allowedPorts?: readonly number[];
  /**
   * Fetch documents from `https://localhost`, on any port, too. For development: listen address and `baseUrl` must be loopback, and
   * `NODE_ENV` not `production`.
   * @default false
   */
  readonly allowLoopback?: boolean;
  /**
   * Hosts whose clients may sign `private_key_jwt` assertions for the token endpoint instead of the issuer, in the same form as
   * `allowedHosts`: a habit of old, which draft-ietf-oauth-rfc7523bis takes back. `[]`: nobody.
   * @default ['chatgpt.com']
   */
  readonly tokenEndpointAudienceHosts?: readonly string[];
  /**
   * Proxy for these fetches, `http://` or `https://`, with `user:password@` if it wants that. It gets a CONNECT and resolves the
   * names itself, so it has to keep private addresses out; names and addresses that are private by their look are refused here.
   * @default none: this server connects by itself
   */
  readonly proxyUrl?: string;
}

/** Options about clients: which ones there are, and which ones may come. */
export interface ClientOptions {
  /**
   * Clients that are known beforehand, public or confidential. They have no row: what is here is all there is of them, it wins over a stored
   * client of the same name, and a client that is taken out is unknown from then on.
   * @default none
   */
  readonly clients?: readonly ConfiguredClient[];
  /** Clients that describe themselves in a document at their own URL. */
  readonly clientDocuments?: ClientDocumentOptions;
}
