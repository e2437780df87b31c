import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClientRepository } from '../../lib/storage/repositories/client.repository.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { PublishedDocuments } from '../support/published-documents.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const TO = { redirect_uri: 'https://localhost/callback' };
const DAY = 86_400;

/** One after the other, so that SQLite, too, can be shared. */
describeDatabases('two instances that look at one document', (kind) => {
  let database: TestDatabase;
  let vendor: PublishedDocuments;
  let first: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    database = await kind.create();
    vendor = await PublishedDocuments.start();
    const start = () =>
      startTestApp({
        adapter: 'express',
        database: database.options,
        options: {
          oauthSecret: 'a secret of the test, which is long enough',
          clientDocuments: { allowLoopback: true },
        },
        configure: (app) => vendor.trustedBy(app),
      });
    first = await start();
    second = await start();
  });
  afterAll(async () => {
    await second?.close();
    await first?.close();
    await vendor?.close();
    await database?.drop();
  });

  it('CMD-15 what stands in is what any of them saw last, not what one of them keeps', async () => {
    const id = `${vendor.origin}/changing`;
    const say = (client_name: string) =>
      vendor.server.serve(
        '/changing',
        { client_id: id, client_name, redirect_uris: [TO.redirect_uri] },
        { 'Cache-Control': `max-age=${DAY}` },
      );
    const stored = async () =>
      (await first.app.get(ClientRepository, { strict: false }).findByClientId(id))?.metadata.client_name;
    const walk = new OAuthWalk(first.origin);
    say('Old');
    const redeemed = await walk.redeem(id, await walk.code(id, 'ada', TO));
    const { refresh_token: token } = JSON.parse(redeemed.text) as { refresh_token: string };
    say('New');
    expect((await new OAuthWalk(second.origin).openConsent(id, 'ada', TO)).status).toBe(200);
    expect(await stored()).toBe('New');

    const refreshed = await walk.refresh(id, token);
    expect(refreshed.status).toBe(200);
    expect(await stored(), 'after a use of the copy').toBe('New');
    await walk.code(id, 'grace', TO);
    expect(await stored(), 'after an approval by the copy').toBe('New');

    say('Newest');
    first.clock.advance(DAY);
    expect((await walk.openConsent(id, 'ada', TO)).status).toBe(200);
    expect(await stored(), 'after a look').toBe('Newest');
  });
});
