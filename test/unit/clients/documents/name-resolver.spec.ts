import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NameResolver } from '../../../../lib/clients/documents/name-resolver.js';
import { NameServer } from '../../../support/name-server.js';

let server: NameServer;

beforeAll(async () => {
  server = await NameServer.start({
    'both.example': ['8.8.8.8', '8.8.4.4', '2001:4860:4860::8888'],
    'four.example': ['8.8.8.8'],
    'six.example': ['2001:4860:4860::8888'],
    'mixed.example': ['8.8.8.8', '127.0.0.1', '::1'],
    'empty.example': [],
    'silent.example': 'silence',
  });
});
afterAll(() => server.close());

class ToldWhomToAsk extends NameResolver {
  protected override readonly servers = [server.address];
}

const resolve = async (name: string, signal = new AbortController().signal) =>
  [...(await new ToldWhomToAsk().resolve(name, signal))].sort();

describe('NameResolver', () => {
  it.each([
    ['both.example', ['2001:4860:4860::8888', '8.8.4.4', '8.8.8.8']],
    ['four.example', ['8.8.8.8']],
    ['six.example', ['2001:4860:4860::8888']],
    ['empty.example', []],
    ['unknown.example', []],
  ])('gives every address of %s', async (name, addresses) => {
    expect(await resolve(name)).toEqual(addresses);
  });

  it('CMD-09 hides none of them', async () => {
    expect(await resolve('mixed.example')).toEqual(['127.0.0.1', '8.8.8.8', '::1']);
  });

  it('CMD-09 asks the DNS for exactly this name, not the file of hosts, and completes nothing', async () => {
    server.questions.length = 0;
    expect(await resolve('localhost.example')).toEqual([]);
    expect(await resolve('word')).toEqual([]);
    expect([...new Set(server.questions)].sort()).toEqual([
      'localhost.example A',
      'localhost.example AAAA',
      'word A',
      'word AAAA',
    ]);
  });

  it('CMD-12 stops asking when there is no time left', async () => {
    const deadline = new AbortController();
    const answer = resolve('silent.example', deadline.signal);
    await expect.poll(() => server.questions.includes('silent.example A')).toBe(true);
    deadline.abort();
    expect(await answer).toEqual([]);
  });

  it('takes no answer for none, after it has asked twice', async () => {
    server.questions.length = 0;
    const impatient = new (class extends ToldWhomToAsk {
      protected override readonly questionMs = 50;
    })();
    expect(await impatient.resolve('silent.example', new AbortController().signal)).toEqual([]);
    expect(server.questions.filter((question) => question === 'silent.example A')).toHaveLength(2);
  });

  it('asks the name servers of the system by itself', async () => {
    const deadline = new AbortController();
    const answer = new NameResolver().resolve('client.example', deadline.signal);
    deadline.abort();
    expect(await answer).toEqual([]);
  });
});
