import { beforeEach, describe, expect, it } from 'vitest';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { ClientDocuments } from '../../../../lib/clients/documents/client-documents.js';
import {
  DocumentFetcher,
  type FetchedDocument,
  type FetchQuestion,
} from '../../../../lib/clients/documents/document-fetcher.js';
import { InvalidClientMetadataError, InvalidRedirectUriError } from '../../../../lib/protocol/oauth-errors.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { optionsOf } from './fixture.js';

const ID = 'https://client.example/c';

/** Finds what the test puts at a URL, and writes down what it is asked. */
class FakeFetcher extends DocumentFetcher {
  readonly asked: { readonly url: string; readonly question: FetchQuestion }[] = [];
  readonly web = new Map<string, Partial<FetchedDocument> | Error>();

  constructor() {
    super(undefined as never, undefined as never, undefined as never);
  }

  override async fetch(url: string, question: FetchQuestion): Promise<FetchedDocument> {
    this.asked.push({ url, question });
    const found = this.web.get(url);
    if (found instanceof Error) throw found;
    return { json: undefined, headers: {}, ...found };
  }
}

const document = (change: object = {}, url = ID) => ({
  client_id: url,
  client_name: 'Client',
  redirect_uris: ['https://client.example/callback'],
  ...change,
});

let fetcher: FakeFetcher;
let clock: FakeClock;
let documents: ClientDocuments;

beforeEach(() => {
  fetcher = new FakeFetcher();
  clock = new FakeClock();
  documents = new ClientDocuments(fetcher, clock, optionsOf());
  fetcher.web.set(ID, { json: document() });
});

async function failure(change: object | null): Promise<ClientDocumentError> {
  fetcher.web.set(ID, { json: change === null ? null : document(change) });
  const error: unknown = await documents.read(ID, {}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ClientDocumentError);
  return error as ClientDocumentError;
}

describe('ClientDocuments', () => {
  it('CMD-17 reads past what is kept, and keeps what it has read', async () => {
    await documents.read(ID, {});
    fetcher.web.set(ID, { json: document({ client_name: 'Anew' }) });
    expect(await documents.readAnew(ID, { known: true })).toMatchObject({ client_name: 'Anew' });
    expect(fetcher.asked.at(-1)).toEqual({ url: ID, question: { known: true } });
    expect(await documents.read(ID, {})).toMatchObject({ metadata: { client_name: 'Anew' }, justFetched: false });
    expect(fetcher.asked).toHaveLength(2);
    fetcher.web.set(ID, { json: document({ client_id: 'https://client.example/other' }) });
    await expect(documents.readAnew(ID, {})).rejects.toThrow('client_document_of_another');
    expect(await documents.read(ID, {})).toMatchObject({ metadata: { client_name: 'Anew' } });
  });

  it('CMD-04 CMD-08 reads what a document says, with the defaults of documents', async () => {
    expect((await documents.read(ID, {})).metadata).toEqual({
      client_name: 'Client',
      redirect_uris: ['https://client.example/callback'],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  });

  it.each<[string, object, string]>([
    ['another client_id', { client_id: 'https://client.example/d' }, 'client_document_of_another'],
    ['its client_id in another case', { client_id: 'https://Client.example/c' }, 'client_document_of_another'],
    ['its client_id with a slash too many', { client_id: `${ID}/` }, 'client_document_of_another'],
    ['its client_id with a port', { client_id: 'https://client.example:443/c' }, 'client_document_of_another'],
    ['no client_id', { client_id: undefined }, 'client_document_of_another'],
    ['a list for client_id', { client_id: [ID] }, 'client_document_of_another'],
    ['no name', { client_name: undefined }, 'client_name_missing'],
    ['an invisible name', { client_name: '\u202e ' }, 'client_name_missing'],
    ['a list for a name', { client_name: ['x'] }, 'client_name_wrong_type'],
    ['no redirect URIs', { redirect_uris: undefined }, 'redirect_uris_missing'],
    ['an empty list of them', { redirect_uris: [] }, 'redirect_uris_missing'],
    [
      'a script among them',
      { redirect_uris: ['https://a.example/cb', 'javascript:alert(1)'] },
      'redirect_uri_scheme_forbidden',
    ],
    ['http among them', { redirect_uris: ['http://client.example/cb'] }, 'redirect_uri_insecure_http'],
    ['a secret', { client_secret: 'x' }, 'secret_in_document'],
    ['the expiry of a secret', { client_secret_expires_at: 0 }, 'secret_in_document'],
    ['a method with a secret', { token_endpoint_auth_method: 'client_secret_post' }, 'auth_method_symmetric'],
    ['an HMAC of a secret', { token_endpoint_auth_method: 'client_secret_jwt' }, 'auth_method_symmetric'],
    ['a private key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }, 'jwks_not_public'],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, 'jwks_not_public'],
    ['no method that we have', { token_endpoint_auth_method: 'tls_client_auth' }, 'auth_method_unsupported'],
    ['no grant that we have', { grant_types: ['client_credentials'] }, 'grant_types_unusable'],
    ['no response type that we have', { response_types: ['token'] }, 'response_types_unusable'],
  ])('CMD-04 CMD-05 CMD-06 refuses %s, and asks again next time (CMD-14)', async (_case, change, reason) => {
    expect((await failure(change)).reason).toBe(reason);
    fetcher.web.set(ID, { json: document() });
    await expect(documents.read(ID, {})).resolves.toMatchObject({ metadata: { client_name: 'Client' } });
    expect(fetcher.asked).toHaveLength(2);
  });

  it.each([null, 7, 'text', [], true])('CMD-04 refuses %j for a document', async (json) => {
    fetcher.web.set(ID, { json });
    await expect(documents.read(ID, {})).rejects.toMatchObject({ reason: 'metadata_not_an_object' });
  });

  it('keeps the cause for whoever asks why', async () => {
    expect((await failure({ client_name: undefined })).cause).toBeInstanceOf(InvalidClientMetadataError);
    expect((await failure({ redirect_uris: [] })).cause).toBeInstanceOf(InvalidRedirectUriError);
    expect((await failure({ client_id: 'x' })).cause).toBeUndefined();
  });

  it('ABU-05 takes no client_id from a prototype', async () => {
    const json = JSON.parse(
      `{"__proto__":{"client_id":"${ID}"},"client_name":"C","redirect_uris":["https://a.example/cb"]}`,
    );
    fetcher.web.set(ID, { json });
    await expect(documents.read(ID, {})).rejects.toMatchObject({ reason: 'client_document_of_another' });
  });

  it('lets a fault of our own through as what it is', async () => {
    fetcher.web.set(ID, new TypeError('a bug'));
    await expect(documents.read(ID, {})).rejects.toThrow(TypeError);
  });

  it('CMD-14 asks once while the document is fresh, and again after', async () => {
    fetcher.web.set(ID, { json: document(), headers: { 'cache-control': 'max-age=600' } });
    const { metadata, justFetched } = await documents.read(ID, {});
    expect(justFetched).toBe(true);
    clock.advance(590);
    expect(await documents.read(ID, {})).toEqual({ metadata, justFetched: false });
    expect(fetcher.asked).toHaveLength(1);
    clock.advance(11);
    fetcher.web.set(ID, { json: document({ client_name: 'Changed' }) });
    expect(await documents.read(ID, {})).toMatchObject({ metadata: { client_name: 'Changed' }, justFetched: true });
    expect(fetcher.asked).toHaveLength(2);
    // Nothing was said this time: five minutes.
    clock.advance(295);
    await documents.read(ID, {});
    expect(fetcher.asked).toHaveLength(2);
    clock.advance(10);
    await documents.read(ID, {});
    expect(fetcher.asked).toHaveLength(3);
  });

  it('CMD-14 keeps no failure, and lets none outlive a document', async () => {
    fetcher.web.set(ID, new ClientDocumentError({ reason: 'client_document_status' }));
    for (let step = 1; step <= 3; step++) {
      await expect(documents.read(ID, {})).rejects.toMatchObject({ reason: 'client_document_status' });
      expect(fetcher.asked).toHaveLength(step);
    }
    fetcher.web.set(ID, { json: document() });
    await expect(documents.read(ID, {})).resolves.toBeDefined();
  });

  it('CMD-13 uses nothing that is stale when the document is away', async () => {
    await documents.read(ID, {});
    clock.advance(301);
    fetcher.web.set(ID, new ClientDocumentError({ reason: 'client_document_unreachable' }));
    await expect(documents.read(ID, {})).rejects.toMatchObject({ reason: 'client_document_unreachable' });
  });

  it('ABU-03 says who asks and whether the client is known, which no document becomes by being valid', async () => {
    await documents.read(ID, { requester: '192.0.2.1' });
    clock.advance(301);
    await documents.read(ID, { requester: '192.0.2.1' });
    await documents.read('https://client.example/d', { known: true }).catch(() => undefined);
    expect(fetcher.asked).toEqual([
      { url: ID, question: { requester: '192.0.2.1' } },
      { url: ID, question: { requester: '192.0.2.1' } },
      { url: 'https://client.example/d', question: { known: true } },
    ]);
  });

  it('keeps 500 documents', async () => {
    const url = (index: number) => `https://client.example/${index}`;
    for (let index = 0; index <= 500; index++) {
      fetcher.web.set(url(index), { json: document({}, url(index)) });
      await documents.read(url(index), {});
    }
    fetcher.asked.length = 0;
    await documents.read(url(1), {});
    expect(fetcher.asked).toEqual([]);
    await documents.read(url(0), {});
    expect(fetcher.asked).toHaveLength(1);
  });
});
