import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RemoteKeyHolder } from '../../../lib/clients/remote-keys.js';
import { ClientSigner } from '../../support/client-signer.js';
import { newClient, NOW } from '../../support/storage-rows.js';
import { HOUR, useFrozenStorage } from '../tokens/fixture.js';
import { authentication, KeyServers } from './authentication/fixture.js';

const URI = 'https://client.example/jwks.json';
const MINUTE = 60_000;

describe('RemoteKeys', () => {
  const storage = useFrozenStorage();
  const logged: unknown[] = [];
  beforeEach(() => {
    logged.length = 0;
    vi.spyOn(Logger.prototype, 'debug').mockImplementation((line) => void logged.push(line));
  });
  const [one, two] = [new ClientSigner('ES256', { kid: 'one' }), new ClientSigner('RS256', { kid: 'two' })];
  const setOf = (...signers: readonly ClientSigner[]) => ({ keys: signers.map(({ jwk }) => jwk) });
  const kidsOf = (set: { keys: readonly object[] } | undefined) =>
    set?.keys.map((key) => (key as { kid?: string }).kid);

  /** A client with or without a row, whose keys are at `URI`, as one instance of the server sees it. */
  const start = async ({ row = true, answer = setOf(one) as unknown, silent = false } = {}) => {
    const parts = authentication(storage, new KeyServers());
    if (!silent) parts.servers.answers.set(URI, answer);
    const { id, clientId } = row
      ? await storage.clients.insert(newClient())
      : { id: undefined, clientId: newClient().clientId };
    const holder: RemoteKeyHolder = { id, clientId, known: false, uri: URI };
    /** Another instance on the same database, or this one after a restart. */
    const another = () => authentication(storage, parts.servers);
    return { ...parts, holder, another };
  };
  const later = (parts: { clock: { advance(seconds: number): void } }, milliseconds: number) =>
    parts.clock.advance(milliseconds / 1000);

  describe('a look', () => {
    it('CAU-11 fetches the keys, and keeps them for five minutes', async () => {
      const parts = await start();
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
      later(parts, 5 * MINUTE - 1);
      parts.servers.answers.set(URI, setOf(two));
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
      later(parts, 1);
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['two']);
      expect(parts.servers.asked).toHaveLength(2);
      expect(logged).toEqual([]);
    });

    it('CAU-11 ABU-03 says who is the cause, and whether the client is known', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder, '192.0.2.1');
      later(parts, 5 * MINUTE);
      await parts.remote.current({ ...parts.holder, known: true });
      expect(parts.servers.asked).toEqual([
        [URI, { known: false, requester: '192.0.2.1' }],
        [URI, { known: true }],
      ]);
    });

    it('ABU-03 makes no client known by what is at its address, now or after a restart', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      later(parts, MINUTE / 2);
      await parts.remote.newer(parts.holder);
      later(parts, 5 * MINUTE);
      await parts.remote.current(parts.holder);
      await parts.another().remote.current(parts.holder);
      expect(parts.servers.asked.map(([, { known }]) => known)).toEqual([false, false, false, false]);
    });

    it('CMD-12 is one for everybody who waits', async () => {
      const parts = await start();
      let answer: () => void = () => undefined;
      parts.servers.slow = new Promise<void>((resolve) => (answer = resolve));
      const waiting = Array.from({ length: 5 }, () => parts.remote.current(parts.holder));
      await new Promise((resolve) => setImmediate(resolve));
      answer();
      expect((await Promise.all(waiting)).map(kidsOf)).toEqual(Array.from({ length: 5 }, () => ['one']));
      expect(parts.servers.asked).toHaveLength(1);
    });

    it('CAU-10 keeps public keys, and of them what verifies', async () => {
      const certified = { ...one.jwk, x5c: ['MIIB'], note: 'x' };
      const parts = await start({ answer: { keys: [certified, { kty: 'unheard of', kid: 'x' }], extra: 1 } });
      const kept = await parts.remote.current(parts.holder);
      expect(kept).toEqual({ keys: [one.jwk], uri: URI, seenAt: NOW });
      expect(await parts.rows.find(parts.holder.id ?? '')).toEqual({ keys: [one.jwk], uri: URI, seenAt: NOW });
    });

    it.each([
      ['no key set', { error: 'not found' }],
      ['a list', [1]],
      ['nothing', null],
      ['a key set with a private key in it', { keys: [{ ...one.jwk, d: 'x' }] }],
      ['a key set with a symmetric key in it', { keys: [{ kty: 'oct', k: 'x' }] }],
    ])('CAU-10 finds no key in %s, and forgets those of before', async (_what, answer) => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      later(parts, 5 * MINUTE);
      parts.servers.answers.set(URI, answer);
      expect(await parts.remote.current(parts.holder)).toMatchObject({ keys: [] });
      expect(await parts.rows.find(parts.holder.id ?? '')).toMatchObject({ keys: [] });
      expect(logged).toEqual([
        expect.stringMatching(/^the keys of a client cannot be used: reason=jwks_(wrong_type|not_public)$/),
      ]);
    });

    it('lets a failure of ours be one', async () => {
      const parts = await start();
      parts.servers.getJson = () => Promise.reject(new TypeError('a defect'));
      await expect(parts.remote.current(parts.holder)).rejects.toThrow(TypeError);
    });

    it('does not mix up clients, nor the addresses of one', async () => {
      const parts = await start();
      const stranger = {
        id: undefined,
        clientId: 'stranger',
        known: false,
        uri: 'https://b.example/keys',
      } as const;
      parts.servers.answers.set(stranger.uri, setOf(two));
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
      expect(kidsOf(await parts.remote.current(stranger))).toEqual(['two']);
      const moved = { ...parts.holder, uri: stranger.uri };
      expect(kidsOf(await parts.remote.current(moved))).toEqual(['two']);
      parts.servers.answers.delete(URI);
      expect(await parts.remote.current(parts.holder)).toBeUndefined();
    });
  });

  describe('while the address does not answer', () => {
    it('CAU-11 goes on with the keys last seen, for a day', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      parts.servers.answers.clear();
      for (const instance of [parts, parts.another()]) {
        later(instance, 24 * HOUR - 1);
        expect(kidsOf(await instance.remote.current(parts.holder))).toEqual(['one']);
        later(instance, 1);
        expect(await instance.remote.current(parts.holder)).toBeUndefined();
      }
    });

    it('CAU-11 tries again every half minute, and takes what it finds', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      parts.servers.answers.clear();
      later(parts, 6 * MINUTE);
      const tries = async () => {
        await parts.remote.current(parts.holder);
        return parts.servers.asked.length - 1;
      };
      expect([await tries(), await tries()]).toEqual([1, 1]);
      later(parts, MINUTE / 2 - 1);
      expect(await tries()).toBe(1);
      later(parts, 1);
      expect(await tries()).toBe(2);
      later(parts, MINUTE / 2);
      parts.servers.answers.set(URI, setOf(two));
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['two']);
    });

    it('CMD-14 remembers no failure: with nothing to go on with, every request tries', async () => {
      const parts = await start({ silent: true });
      expect(await parts.remote.current(parts.holder)).toBeUndefined();
      expect(await parts.remote.current(parts.holder)).toBeUndefined();
      const line = 'the keys of a client cannot be fetched: reason=client_document_unreachable';
      expect(logged).toEqual([line, line]);
      parts.servers.answers.set(URI, setOf(one));
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
      expect(parts.servers.asked).toHaveLength(3);
    });

    it('does not go on with the keys of another address', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      parts.servers.answers.clear();
      const moved = { ...parts.holder, uri: 'https://new.example/jwks.json' };
      expect(await parts.remote.current(moved)).toBeUndefined();
      expect(await parts.another().remote.current(moved)).toBeUndefined();
    });

    it('remembers for a client without a row as long as the process lives', async () => {
      const parts = await start({ row: false });
      await parts.remote.current(parts.holder);
      parts.servers.answers.clear();
      later(parts, HOUR);
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
      expect(await parts.another().remote.current(parts.holder)).toBeUndefined();
    });

    it('waits, at its first look after a restart, rather than go on with what may be old', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      parts.servers.answers.set(URI, setOf(two));
      let answer: () => void = () => undefined;
      parts.servers.slow = new Promise<void>((resolve) => (answer = resolve));
      const restarted = parts.another();
      const waiting = [restarted.remote.current(parts.holder), restarted.remote.current(parts.holder)];
      await new Promise((resolve) => setTimeout(resolve, 5));
      const third = restarted.remote.current(parts.holder);
      await new Promise((resolve) => setTimeout(resolve, 5));
      answer();
      expect((await Promise.all([...waiting, third])).map(kidsOf)).toEqual([['two'], ['two'], ['two']]);
    });
  });

  describe('a key that is not there', () => {
    it('CAU-11 is looked for once, and again only after half a minute', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      expect(await parts.remote.newer(parts.holder), 'just fetched').toBeUndefined();
      later(parts, MINUTE / 2 - 1);
      expect(await parts.remote.newer(parts.holder)).toBeUndefined();
      later(parts, 1);
      parts.servers.answers.set(URI, setOf(one, two));
      expect(kidsOf(await parts.remote.newer(parts.holder))).toEqual(['one', 'two']);
      expect(await parts.remote.newer(parts.holder)).toBeUndefined();
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one', 'two']);
      expect(parts.servers.asked).toHaveLength(2);
    });

    it('CAU-11 is not found where nobody answers, and those that are known stay', async () => {
      const parts = await start();
      await parts.remote.current(parts.holder);
      parts.servers.answers.clear();
      later(parts, MINUTE);
      expect(await parts.remote.newer(parts.holder)).toBeUndefined();
      expect(kidsOf(await parts.remote.current(parts.holder))).toEqual(['one']);
    });
  });

  describe('assertions of such a client', () => {
    const withUri = async () => {
      const metadata = {
        ...newClient().metadata,
        token_endpoint_auth_method: 'private_key_jwt' as const,
        jwks_uri: URI,
      };
      return (await storage.clients.insert(newClient({ metadata }))).clientId;
    };
    const issuer = 'https://app.example';
    const reasonOf = (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'taken',
        (error: { reason: string }) => error.reason,
      );

    it('CAU-11 are verified with the keys at the address, a new one from the next assertion on', async () => {
      const parts = await start();
      const clientId = await withUri();
      const attempt = (signer: ClientSigner) => reasonOf(parts.authenticate(signer.form(clientId, issuer)));
      expect(await attempt(one)).toBe('taken');
      expect(await attempt(two)).toBe('client_assertion_key_unknown');
      parts.servers.answers.set(URI, setOf(one, two));
      expect(await attempt(two)).toBe('client_assertion_key_unknown');
      later(parts, MINUTE / 2);
      expect(await attempt(two)).toBe('taken');
      expect(await attempt(one)).toBe('taken');
      expect(parts.servers.asked).toHaveLength(2);
    });

    it('CAU-11 are refused when the keys were never seen, without a word about the address', async () => {
      const parts = await start({ silent: true });
      const clientId = await withUri();
      const attempt = parts.authenticate(one.form(clientId, issuer));
      await expect(attempt).rejects.toMatchObject({
        reason: 'client_keys_unavailable',
        message: 'Client authentication failed',
      });
    });

    it('CAU-11 ABU-03 cause no look when they are wrong in any other way', async () => {
      const parts = await start();
      const clientId = await withUri();
      const stranger = new ClientSigner('ES256', { kid: 'one' });
      const changes = [{ claims: { aud: 'x' } }, { claims: { exp: 1 } }, { header: { alg: 'none' } }];
      for (const change of changes) await reasonOf(parts.authenticate(stranger.form(clientId, issuer, change)));
      expect(parts.servers.asked).toEqual([]);
    });
  });
});
