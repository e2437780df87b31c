import { describe, expect, it } from 'vitest';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { DocumentFetcher } from '../../../../lib/clients/documents/document-fetcher.js';
import type { DocumentTarget } from '../../../../lib/clients/documents/document-hosts.js';
import type { DocumentAnswer } from '../../../../lib/clients/documents/document-transport.js';
import { DocumentTransport } from '../../../../lib/clients/documents/document-transport.js';
import { FetchLimits } from '../../../../lib/clients/documents/fetch-limits.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { hostsOf } from './fixture.js';

/** Answers when it is told to. */
class HeldTransport extends DocumentTransport {
  readonly asked: string[] = [];
  readonly limits: number[] = [];
  private readonly waiting: { resolve: (answer: DocumentAnswer) => void; reject: (error: Error) => void }[] = [];

  constructor() {
    super(undefined as never);
  }

  override get({ url }: DocumentTarget, maxBytes: number): Promise<DocumentAnswer> {
    this.limits.push(maxBytes);
    this.asked.push(url.href);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  answer(text: string): void {
    this.waiting.shift()?.resolve({ text, headers: { etag: 'x' } });
  }

  fail(reason: string): void {
    this.waiting.shift()?.reject(new ClientDocumentError({ reason }));
  }
}

function arrange() {
  const transport = new HeldTransport();
  const fetcher = new DocumentFetcher(hostsOf(), new FetchLimits(new FakeClock()), transport);
  return { transport, fetcher };
}

const URL_A = 'https://a.example/c';

const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as ClientDocumentError).reason,
  );

describe('DocumentFetcher', () => {
  it('gives JSON and headers', async () => {
    const { transport, fetcher } = arrange();
    const fetched = fetcher.fetch(URL_A, {});
    transport.answer('{"a":1}');
    expect(await fetched).toEqual({ json: { a: 1 }, headers: { etag: 'x' } });
    const json = fetcher.getJson(URL_A);
    transport.answer('{"a":2}');
    expect(await json).toEqual({ a: 2 });
  });

  it('CMD-12 makes one fetch of simultaneous wishes for one URL, and a new one afterwards', async () => {
    const { transport, fetcher } = arrange();
    const wishes = Array.from({ length: 100 }, () => fetcher.getJson(URL_A, { requester: '192.0.2.1' }));
    await expect.poll(() => transport.asked.length).toBe(1);
    transport.answer('[1]');
    expect(await Promise.all(wishes)).toEqual(Array.from({ length: 100 }, () => [1]));
    expect(transport.asked).toEqual([URL_A]);
    void fetcher.getJson(URL_A);
    expect(transport.asked).toEqual([URL_A, URL_A]);
  });

  it('CMD-12 CAU-11 reads 5 KB of a document and 64 KB of a key set, also when one URL is both', async () => {
    const { transport, fetcher } = arrange();
    const [document, keys] = [fetcher.fetch(URL_A, {}), fetcher.getJson(URL_A)];
    await expect.poll(() => transport.limits).toEqual([5120, 65_536]);
    transport.fail('client_document_too_large');
    transport.answer('{"keys":[]}');
    expect([await reasonOf(document), await keys]).toEqual(['client_document_too_large', { keys: [] }]);
  });

  it('CMD-12 shares a failure as well, and keeps it no longer (CMD-14)', async () => {
    const { transport, fetcher } = arrange();
    const wishes = [fetcher.getJson(URL_A), fetcher.getJson(URL_A)];
    await Promise.resolve();
    transport.fail('client_document_status');
    expect(await Promise.all(wishes.map(reasonOf))).toEqual(['client_document_status', 'client_document_status']);
    const again = fetcher.getJson(URL_A);
    transport.answer('{}');
    expect(await again).toEqual({});
    expect(transport.asked).toHaveLength(2);
  });

  it('keeps different URLs apart', async () => {
    const { transport, fetcher } = arrange();
    const [one, other] = [fetcher.getJson(URL_A), fetcher.getJson(`${URL_A}?x`)];
    await Promise.resolve();
    transport.answer('1');
    transport.answer('2');
    expect([await one, await other]).toEqual([1, 2]);
  });

  it('refuses what is no JSON', async () => {
    const { transport, fetcher } = arrange();
    const refused = reasonOf(fetcher.getJson(URL_A));
    transport.answer('<html>');
    expect(await refused).toBe('client_document_not_json');
  });

  it('CMD-09 CMD-11 calls nobody for a host that may not be named', async () => {
    const { transport, fetcher } = arrange();
    expect(await reasonOf(fetcher.getJson('https://127.0.0.1/jwks.json'))).toBe('client_document_address_refused');
    expect(await reasonOf(fetcher.getJson('http://a.example/jwks.json'))).toBe('client_document_address_refused');
    expect(transport.asked).toEqual([]);
  });

  it('ABU-03 has at most 20 fetches under way', async () => {
    const { transport, fetcher } = arrange();
    const wishes = Array.from({ length: 20 }, (_, index) => fetcher.getJson(`https://h${index}.example/c`));
    await Promise.resolve();
    expect(await reasonOf(fetcher.getJson('https://one.more.example/c'))).toBe('client_document_limited');
    void fetcher.getJson('https://known.example/c', { known: true });
    expect(transport.asked).toHaveLength(21);
    // Whoever wants what is under way waits for it.
    const joined = fetcher.getJson('https://h7.example/c');
    transport.answer('0');
    await wishes[0];
    void fetcher.getJson('https://one.more.example/c');
    expect(transport.asked).toHaveLength(22);
    for (let index = 1; index < 20; index++) transport.answer(String(index));
    expect(await joined).toBe(7);
  });

  it.each([
    ['requester', (at: number) => [`https://h${at}.example/c`, '192.0.2.1'] as const],
    ['requester, however it is written', (at: number) => [`https://h${at}.example/c`, `2001:db8::${at}`] as const],
    ['host', (at: number) => [`https://a.example/${at}`, `192.0.2.${at}`] as const],
  ])('ABU-03 has at most 5 fetches under way of one %s, and as many for known clients', async (_what, wish) => {
    const { transport, fetcher } = arrange();
    const get = (at: number, known = false) => {
      const [url, requester] = wish(at);
      return fetcher.getJson(url, { requester, known });
    };
    for (const known of [false, true]) {
      const begin = known ? 20 : 0;
      const [first] = Array.from({ length: 5 }, (_, at) => get(begin + at, known));
      for (let time = 0; time < 100; time++)
        expect(await reasonOf(get(begin + 5, known))).toBe('client_document_limited');
      // Neither success nor failure keeps a place, and what was refused counts for nothing.
      transport.fail('client_document_status');
      expect(await reasonOf(first ?? Promise.resolve())).toBe('client_document_status');
      const next = get(begin + 5, known);
      for (let at = 0; at < 5; at++) transport.answer('{}');
      expect(await next).toEqual({});
    }
    expect(transport.asked).toHaveLength(12);
  });

  it('ABU-03 counts fetches, not wishes', async () => {
    const { transport, fetcher } = arrange();
    const fetchOnce = async (url: string, requester: string) => {
      const fetched = reasonOf(fetcher.getJson(url, { requester }));
      await Promise.resolve();
      transport.answer('{}');
      return fetched;
    };
    const results: string[] = [];
    for (let index = 0; index < 25; index++) results.push(await fetchOnce(`https://h${index}.example/c`, '192.0.2.1'));
    expect(results.filter((reason) => reason === 'none')).toHaveLength(20);
    expect(results.slice(20)).toEqual(Array.from({ length: 5 }, () => 'client_document_limited'));
    expect(transport.asked).toHaveLength(20);
  });

  it('ABU-03 counts keys and documents of one known URL apart', async () => {
    const { transport, fetcher } = arrange();
    const times = async (get: (url: string, question: { known: true }) => Promise<unknown>) => {
      for (let time = 0; time < 20; time++) {
        const reason = reasonOf(get.call(fetcher, URL_A, { known: true }));
        transport.answer('{}');
        if ((await reason) !== 'none') return time;
      }
      return Infinity;
    };
    expect(await times((...wish) => fetcher.getJson(...wish))).toBe(6);
    expect(await times((...wish) => fetcher.fetch(...wish))).toBe(6);
  });

  it('ABU-03 counts by host', async () => {
    const { transport, fetcher } = arrange();
    for (let index = 0; index < 30; index++) {
      const fetched = fetcher.getJson(`https://a.example/${index}`);
      transport.answer('{}');
      await fetched;
    }
    expect(await reasonOf(fetcher.getJson('https://a.example/30'))).toBe('client_document_limited');
    const known = fetcher.getJson('https://a.example/30', { known: true });
    transport.answer('{}');
    expect(await known).toEqual({});
  });
});
