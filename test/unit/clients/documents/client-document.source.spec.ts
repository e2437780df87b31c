import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientQuestion } from '../../../../lib/clients/client-source.js';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { ClientDocumentSource } from '../../../../lib/clients/documents/client-document.source.js';
import { ClientDocuments, type ReadDocument } from '../../../../lib/clients/documents/client-documents.js';
import type { FetchQuestion } from '../../../../lib/clients/documents/document-fetcher.js';
import type { ClientDocumentOptions } from '../../../../lib/config/client-options.js';
import { clientFingerprint } from '../../../../lib/protocol/client-fingerprint.js';
import type { ClientMetadata } from '../../../../lib/protocol/client-metadata.js';
import type { ClientEntity } from '../../../../lib/storage/entities/client.entity.js';
import type { ClientRepository } from '../../../../lib/storage/repositories/client.repository.js';
import { hostsOf, optionsOf } from './fixture.js';

const ID = 'https://client.example/c';

const metadata = (name = 'Client'): ClientMetadata => ({
  client_name: name,
  redirect_uris: ['https://client.example/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
});

const approvedRow = (change: Partial<ClientEntity> = {}): ClientEntity => ({
  id: 'row-1',
  clientId: ID,
  source: 'document',
  secretHash: null,
  metadata: metadata(),
  keySet: null,
  createdAt: 1,
  lastUsedAt: 2,
  authorizedAt: 2,
  approvedAt: null,
  approvedFingerprint: null,
  disabledAt: null,
  ...change,
});

class FakeDocuments extends ClientDocuments {
  readonly asked: { readonly url: string; readonly question: FetchQuestion }[] = [];
  answer: ClientMetadata | Error = metadata();
  justFetched = true;

  constructor() {
    super(undefined as never, undefined as never, optionsOf());
  }

  override async read(url: string, question: FetchQuestion): Promise<ReadDocument> {
    this.asked.push({ url, question });
    if (this.answer instanceof Error) throw this.answer;
    return { metadata: this.answer, justFetched: this.justFetched };
  }
}

let documents: FakeDocuments;
let row: ClientEntity | null;
let saved: { readonly clientId: string; readonly metadata: ClientMetadata }[];
let lookUps: string[];

beforeEach(() => {
  documents = new FakeDocuments();
  row = null;
  saved = [];
  lookUps = [];
});

function find(clientId: string, question: ClientQuestion, options: ClientDocumentOptions = {}) {
  const clients = {
    findByClientId: async (wanted: string) => {
      lookUps.push(wanted);
      return row;
    },
    changeDocument: async (savedId: string, savedMetadata: ClientMetadata) => {
      saved.push({ clientId: savedId, metadata: savedMetadata });
    },
  } as unknown as ClientRepository;
  const source = new ClientDocumentSource(documents, hostsOf(options), clients, optionsOf(options));
  return source.find(clientId, question);
}

const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as ClientDocumentError).reason,
  );

const away = new ClientDocumentError({ reason: 'client_document_unreachable' });

describe('ClientDocumentSource', () => {
  it('gives a client by its document, which has no row before anybody approved it', async () => {
    expect(await find(ID, { use: 'authorization', requester: '192.0.2.1' })).toEqual({
      id: undefined,
      clientId: ID,
      source: 'document',
      secretHashes: [],
      metadata: metadata(),
      approved: false,
      known: false,
    });
    expect(documents.asked).toEqual([{ url: ID, question: { requester: '192.0.2.1', known: false } }]);
    expect(saved).toEqual([]);
  });

  it('gives one with its row afterwards, and tells the limits that it is known', async () => {
    row = approvedRow({ approvedFingerprint: clientFingerprint(metadata()) });
    expect(await find(ID, { use: 'authorization' })).toMatchObject({ id: 'row-1', approved: true, known: true });
    expect(documents.asked).toEqual([{ url: ID, question: { known: true } }]);
  });

  it('ABU-03 calls one known that an operator approved, and none that merely has a row', async () => {
    for (const [approvedAt, known] of [
      [3, true],
      [null, false],
    ] as const) {
      row = approvedRow({ authorizedAt: null, approvedAt });
      expect(await find(ID, { use: 'authorization' })).toMatchObject({ id: 'row-1', known });
      expect(documents.asked.pop()).toEqual({ url: ID, question: { known } });
    }
  });

  it.each(['client-1', 'http://client.example/c', ''])('leaves %j to others, and asks nobody', async (clientId) => {
    expect(await find(clientId, { use: 'authorization' })).toBeUndefined();
    expect([documents.asked, lookUps]).toEqual([[], []]);
  });

  it.each(['https://client.example', 'HTTPS://client.example/c', 'https://client.example/a/../c'])(
    'CMD-01 CMD-02 refuses %s, and asks nobody',
    async (clientId) => {
      for (const use of ['authorization', 'direct'] as const)
        expect(await reasonOf(find(clientId, { use }))).toBe('client_id_url_malformed');
      expect([documents.asked, lookUps]).toEqual([[], []]);
    },
  );

  it('DSC-11 knows no such client when documents are off, whatever was approved before', async () => {
    row = approvedRow();
    for (const use of ['authorization', 'direct'] as const) {
      expect(await find(ID, { use }, { enabled: false })).toBeUndefined();
      expect(await find('https://malformed', { use }, { enabled: false })).toBeUndefined();
    }
    expect(documents.asked).toEqual([]);
  });

  it('CMD-17 refuses a denied host before anything else, whatever was approved before', async () => {
    row = approvedRow();
    documents.answer = away;
    for (const use of ['authorization', 'direct'] as const)
      expect(await reasonOf(find(ID, { use }, { deniedHosts: ['client.example'] }))).toBe(
        'client_document_host_refused',
      );
    expect([documents.asked, lookUps]).toEqual([[], []]);
  });

  it.each<[string, Partial<ClientEntity>]>([
    ['is disabled', { disabledAt: 7 }],
    ['registered itself under this very id', { source: 'dynamic' }],
    ['was created by an operator under this very id', { source: 'pre_registered' }],
  ])('PRE-03 does not ask for the document of a client that %s', async (_case, change) => {
    row = approvedRow(change);
    for (const use of ['authorization', 'direct'] as const) expect(await find(ID, { use })).toBeUndefined();
    expect(documents.asked).toEqual([]);
  });

  it('ABU-03 fetches nothing for a direct request of a client that nobody approved', async () => {
    expect(await find(ID, { use: 'direct' })).toBeUndefined();
    // An operator has, and no user yet.
    row = approvedRow({ authorizedAt: null, approvedAt: 3 });
    expect(await find(ID, { use: 'direct' })).toBeUndefined();
    expect(documents.asked).toEqual([]);
  });

  it('CMD-15 lets what the document said last stand in for direct requests', async () => {
    row = approvedRow({ metadata: metadata('Last') });
    documents.answer = away;
    expect(await find(ID, { use: 'direct' })).toMatchObject({ id: 'row-1', metadata: metadata('Last') });
    expect(saved).toEqual([]);
  });

  it('CMD-13 lets nothing stand in when a person is to be asked', async () => {
    row = approvedRow();
    documents.answer = away;
    expect(await reasonOf(find(ID, { use: 'authorization' }))).toBe('client_document_unreachable');
  });

  it('lets a fault of our own through as what it is', async () => {
    row = approvedRow();
    documents.answer = new TypeError('a bug');
    await expect(find(ID, { use: 'direct' })).rejects.toThrow(TypeError);
  });

  it('CMD-15 remembers what the document says now, and writes nothing when that is what it said', async () => {
    row = approvedRow();
    await find(ID, { use: 'direct' });
    expect(saved).toEqual([]);
    documents.answer = metadata('Changed');
    expect(await find(ID, { use: 'direct' })).toMatchObject({ metadata: metadata('Changed') });
    expect(saved).toEqual([{ clientId: ID, metadata: metadata('Changed') }]);
    await find(ID, { use: 'authorization' });
    expect(saved).toHaveLength(2);
  });

  it('CMD-15 writes nothing that it only remembers: another instance may have seen something later', async () => {
    row = approvedRow();
    documents.answer = metadata('Remembered');
    documents.justFetched = false;
    for (const use of ['direct', 'authorization'] as const)
      expect(await find(ID, { use })).toMatchObject({ metadata: metadata('Remembered') });
    expect(saved).toEqual([]);
  });
});
