import type { JsonObject } from '../../protocol/client-metadata-members.js';
import type { ClientHttp } from './client-http.js';
import type { ClientProfile, PublishedDocument } from './client-profile.js';
import type { Complaints } from './complaint.js';
import { listIn, type Discovered } from './discovery.js';
import type { AuthenticationMethod, Identity } from './identity.js';

/** RFC 8414 §2: what a server that says nothing offers. */
const DEFAULT_METHODS = ['client_secret_basic'];

/** How a client becomes known to a server: by its document where that is possible, else by registering (RFC 7591). */
export class Identification {
  constructor(
    private readonly profile: ClientProfile,
    private readonly http: ClientHttp,
    private readonly complaints: Complaints,
  ) {}

  /** @param documentUrl where the client's document is, if the server can get at it */
  async run({ server }: Discovered, callbacks: readonly string[], documentUrl: string | undefined): Promise<Identity> {
    const methods = listIn(server, 'token_endpoint_auth_methods_supported') ?? DEFAULT_METHODS;
    const { document } = this.profile;
    if (document && documentUrl !== undefined && takesDocument(document, server, methods)) {
      return { by: 'document', clientId: documentUrl, method: documentMethod(document, methods) };
    }
    return this.register(server, methods, callbacks);
  }

  private async register(
    server: JsonObject,
    methods: readonly string[],
    callbacks: readonly string[],
  ): Promise<Identity> {
    const url = server['registration_endpoint'];
    if (typeof url !== 'string') {
      throw this.complaints.about(
        'the server offers no registration, and nothing else that this client could use here',
      );
    }
    const body = this.profile.registration(callbacks);
    const answer = await this.http.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      throw this.complaints.about(`${url} answers its registration with ${answer.status} ${await answer.text()}`);
    }
    if (this.profile.demands.created && answer.status !== 201) {
      throw this.complaints.about(`${url} answers its registration with ${answer.status}, and it wants 201`);
    }
    return this.readIdentity(await this.http.json(answer, url), url, body, methods);
  }

  private readIdentity(registered: JsonObject, url: string, sent: JsonObject, methods: readonly string[]): Identity {
    const { client_id: clientId, client_secret: secret } = registered;
    if (typeof clientId !== 'string' || clientId === '') throw this.complaints.about(`${url} gives it no client_id`);
    this.assertEcho(registered, sent, url);
    if (secret !== undefined && typeof registered['client_secret_expires_at'] !== 'number') {
      throw this.complaints.about(`${url} gives it a secret without a number in client_secret_expires_at`);
    }
    const method = registeredMethod(registered, methods);
    const identity: Identity = { by: 'registration', clientId, method };
    return typeof secret === 'string' ? { ...identity, secret } : identity;
  }

  /** What it registered and does not find again, it cannot count on. */
  private assertEcho(registered: JsonObject, sent: JsonObject, url: string): void {
    const missing = this.profile.demands.echo?.find((name) => !Array.isArray(registered[name]));
    if (missing !== undefined) throw this.complaints.about(`${url} does not repeat ${missing}`);
    const kept = listIn(registered, 'redirect_uris') ?? [];
    const lost = listIn(sent, 'redirect_uris')?.find((uri) => !kept.includes(uri));
    if (lost !== undefined) throw this.complaints.about(`${url} does not repeat the redirect URI ${lost}`);
  }
}

function takesDocument({ needsOneOf }: PublishedDocument, server: JsonObject, methods: readonly string[]): boolean {
  const suitable = needsOneOf?.some((method) => methods.includes(method)) ?? true;
  return server['client_id_metadata_document_supported'] === true && suitable;
}

/** The method that the document prefers, if the server offers it; else the other one that it lists. */
function documentMethod({ metadata }: PublishedDocument, methods: readonly string[]): AuthenticationMethod {
  const signs = metadata['token_endpoint_auth_method'] === 'private_key_jwt' && methods.includes('private_key_jwt');
  return signs ? 'private_key_jwt' : 'none';
}

/** The SDKs' rule: what was registered, where the server offers it; else by what there is. */
function registeredMethod(registered: JsonObject, methods: readonly string[]): AuthenticationMethod {
  const named = registered['token_endpoint_auth_method'];
  const offered = ['none', 'client_secret_basic', 'client_secret_post'].filter((name) => methods.includes(name));
  const chosen = offered.find((name) => name === named) ?? (registered['client_secret'] ? methods[0] : 'none');
  return chosen === 'client_secret_basic' || chosen === 'client_secret_post' ? chosen : 'none';
}
