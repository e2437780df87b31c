import type { ServerResponse } from 'node:http';
import { McpClientService } from 'nestjs-mcp-auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClientSigner } from '../support/client-signer.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { PublishedDocuments } from '../support/published-documents.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const CALLBACK = 'https://localhost/callback';
const TO = { redirect_uri: CALLBACK };
const [STRANGER, SOMEBODY] = ['127.0.0.2', '127.0.0.3'];
const HOUR = 3600;

describe.each(ADAPTERS)('what strangers can make this server fetch, on %s', (adapter) => {
  let vendor: PublishedDocuments;
  let host: TestApp;
  let walk: OAuthWalk;
  let held: ServerResponse[];

  beforeAll(async () => {
    vendor = await PublishedDocuments.start();
    host = await startTestApp({
      adapter,
      options: { clientDocuments: { allowLoopback: true } },
      configure: (app) => vendor.trustedBy(app),
    });
  });
  beforeEach(() => {
    host.clock.advance(HOUR);
    host.log.lines.length = 0;
    vendor.server.seen.length = 0;
    held = [];
    walk = new OAuthWalk(host.origin);
  });
  afterEach(() => held.forEach((response) => response.destroy()));
  afterAll(async () => {
    await host.close();
    await vendor.close();
  });

  const fetched = (part: string) => vendor.server.seen.filter(({ path }) => path.includes(part)).length;
  /** Two names of one machine are two hosts to whoever counts. */
  const publish = (path: string, hostname = 'localhost', change = {}) => {
    const client_id = `https://${hostname}:${vendor.server.port}${path}`;
    vendor.serve({ [path]: { client_id, client_name: 'Engine', redirect_uris: [CALLBACK], ...change } });
    return client_id;
  };
  const publishMany = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => publish(`/${name}/${at}`));
  /** What is there keeps whoever asks waiting. */
  const hold = (path: string) => vendor.server.at(path, (_request, response) => void held.push(response));
  const ask = async (clientId: string, from: string) => {
    const target = walk.authorizeUrl(clientId, TO);
    return (await rawRequest(host.origin, { target, from })).status;
  };
  /** How often something is allowed in a minute, and in the time that this took. */
  const most = (perMinute: number, since: number) =>
    perMinute + Math.ceil(((host.clock.now() - since) * perMinute) / 60_000);

  describe('documents', () => {
    it('ABU-03 that were valid once, and nobody approved, are fetched as seldom as any', async () => {
      const ids = publishMany('once', 60);
      for (const [at, id] of ids.entries()) {
        if (at % 20 === 0) host.clock.advance(120);
        expect(await ask(id, STRANGER)).toBe(302);
      }
      host.clock.advance(HOUR);
      ids.forEach((_, at) => vendor.server.forget(`/once/${at}`));
      vendor.server.seen.length = 0;
      const since = host.clock.now();
      for (let round = 0; round < 3; round++) for (const id of ids) expect(await ask(id, STRANGER)).toBe(400);
      expect(fetched('/once/')).toBeGreaterThanOrEqual(20);
      expect(fetched('/once/')).toBeLessThanOrEqual(most(20, since));
    });

    it('ABU-03 that a user approved have six a minute each, and those of one host thirty', async () => {
      const ids = publishMany('approved', 10);
      for (const id of ids) {
        await walk.code(id, 'ada', TO);
        host.clock.advance(60);
      }
      host.clock.advance(HOUR);
      ids.forEach((_, at) => vendor.server.forget(`/approved/${at}`));
      vendor.server.seen.length = 0;
      const since = host.clock.now();
      for (let round = 0; round < 10; round++) await ask(ids[0] ?? '', STRANGER);
      expect(fetched('/approved/0')).toBeGreaterThanOrEqual(6);
      expect(fetched('/approved/0')).toBeLessThanOrEqual(most(6, since));
      for (let round = 0; round < 6; round++) for (const id of ids) await ask(id, STRANGER);
      expect(fetched('/approved/')).toBeGreaterThanOrEqual(30);
      expect(fetched('/approved/')).toBeLessThanOrEqual(most(30, since));
    });

    it('ABU-03 that are slow take a few places of their requester and their host, and no other', async () => {
      const slow = publishMany('slow', 20);
      slow.forEach((_, at) => hold(`/slow/${at}`));
      const statuses: number[] = [];
      const asked = slow.map(async (id) => statuses.push(await ask(id, STRANGER)));
      await expect.poll(() => statuses.length + held.length).toBe(20);
      expect(held).toHaveLength(5);
      expect(await ask(publish('/quick', '127.0.0.1'), SOMEBODY)).toBe(302);
      expect(await ask(publish('/quick/too'), SOMEBODY), 'the host has no place left').toBe(400);
      expect(await ask(publish('/quick/three', '127.0.0.1'), STRANGER), 'nor has the requester').toBe(400);
      held.forEach((response) => response.destroy());
      await Promise.all(asked);
      expect(new Set(statuses)).toEqual(new Set([400]));
      expect(await ask(publish('/quick/too'), STRANGER), 'and then they have').toBe(302);
    });

    it('ABU-03 that a user approved are not locked out by slow ones, of the same host and requester either', async () => {
      const id = publish('/known');
      await walk.code(id, 'ada', TO);
      host.clock.advance(HOUR);
      const slow = publishMany('slow', 20);
      slow.forEach((_, at) => hold(`/slow/${at}`));
      const statuses: number[] = [];
      const asked = slow.map(async (each) => statuses.push(await ask(each, STRANGER)));
      await expect.poll(() => statuses.length + held.length).toBe(20);
      expect(await ask(id, STRANGER)).toBe(302);
      held.forEach((response) => response.destroy());
      await Promise.all(asked);
    });
  });

  describe('keys', () => {
    const signer = new ClientSigner('ES256', { kid: 'one' });
    const method = { token_endpoint_auth_method: 'private_key_jwt' };
    const attempt = async (clientId: string) => {
      const now = Math.floor(host.clock.now() / 1000);
      const proof = signer.form(clientId, host.origin, { claims: { iat: now, exp: now + 60 } });
      return walk.token({ grant_type: 'refresh_token', refresh_token: 'x', ...proof });
    };
    const uri = (at: number | string) => `https://localhost:${vendor.server.port}/keys?${at}`;

    it('ABU-03 that were there once, of clients that nobody approved, are fetched as seldom as any', async () => {
      const ids: string[] = [];
      for (let at = 0; at < 60; at++) {
        // Whose address it is does not matter: any JSON will do.
        vendor.server.serve(`/keys?${at}`, { any: 'json' });
        ids.push((await walk.register({ ...method, jwks_uri: uri(at) })).client_id);
      }
      for (const [at, id] of ids.entries()) {
        if (at % 20 === 0) host.clock.advance(120);
        expect((await attempt(id)).status).toBe(401);
      }
      expect(fetched('/keys')).toBe(60);
      host.clock.advance(HOUR);
      vendor.server.seen.length = 0;
      const since = host.clock.now();
      for (const id of ids) await attempt(id);
      host.clock.advance(30);
      for (const id of ids) await attempt(id);
      expect(fetched('/keys')).toBeGreaterThanOrEqual(20);
      expect(fetched('/keys')).toBeLessThanOrEqual(most(20, since));
    });

    it.each(['a user', 'an operator'])('ABU-03 of a client that %s approved are not locked out', async (by) => {
      vendor.server.serve('/keys?own', { keys: [signer.jwk] });
      const metadata = { ...method, jwks_uri: uri('own'), redirect_uris: [CALLBACK], client_name: 'Own' };
      const operator = host.app.get(McpClientService);
      const id =
        by === 'a user' ? publish('/with-keys', 'localhost', metadata) : (await operator.create(metadata)).client_id;
      if (by === 'a user') await walk.code(id, 'ada', TO);
      for (let at = 0; at < 40; at++) await ask(`https://localhost:${vendor.server.port}/nothing/${at}`, '127.0.0.1');
      expect(host.log.reasons()).toContain('client_document_limited');
      expect((await attempt(id)).status, 'who it is, is clear').toBe(400);
    });

    it.each(['that register', 'with a document elsewhere', 'with a document at the same host'])(
      'ABU-03 of clients %s and that their own user approves take nothing from the document that they name',
      async (how) => {
        const victim = publish('/vendor');
        await walk.code(victim, 'ada', TO);
        const metadata = { ...method, jwks_uri: victim, redirect_uris: [CALLBACK], client_name: 'Engine' };
        const elsewhere = how.endsWith('elsewhere') ? '127.0.0.1' : 'localhost';
        const ids: string[] = [];
        for (let at = 0; at < 8; at++) {
          const path = `/attacker/${elsewhere}/${at}`;
          const id =
            how === 'that register' ? (await walk.register(metadata)).client_id : publish(path, elsewhere, metadata);
          await walk.code(id, 'ada', TO);
          ids.push(id);
        }
        host.clock.advance(HOUR);
        vendor.server.seen.length = 0;
        for (const id of ids) expect((await attempt(id)).status).toBe(401);
        expect(fetched('/vendor')).toBeGreaterThanOrEqual(6);
        expect(await ask(victim, SOMEBODY)).toBe(302);
      },
    );
  });
});
