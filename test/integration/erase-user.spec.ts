import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { McpLoginService, McpMaintenanceService } from '../../lib/index.js';
import { AuthorizationCodeEntity } from '../../lib/storage/entities/authorization-code.entity.js';
import { GrantEntity } from '../../lib/storage/entities/grant.entity.js';
import { PendingAuthorizationEntity } from '../../lib/storage/entities/pending-authorization.entity.js';
import { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import { GrantRepository } from '../../lib/storage/repositories/grant.repository.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { storageOn } from '../support/storage.js';
import { newCode, newGrant, newPending, newRefreshToken } from '../support/storage-rows.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** More than two batches, and not a whole number of them. */
const MANY = 250;
/** Of each user: living and ended grants, each with a token and a code; requests after the login, after it was confirmed, and decided. */
const TABLES = [GrantEntity, RefreshTokenEntity, AuthorizationCodeEntity, PendingAuthorizationEntity];

describeDatabases('eraseUser()', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let service: McpMaintenanceService;
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: 'express', database: database.options });
    service = host.app.get(McpMaintenanceService);
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const insertRows = async (userId: string, count: number) => {
    const { grants, refreshTokens, codes, pending, transactions } = storageOn(host.dataSource);
    const [createdAt, expiresAt] = [host.clock.now(), host.clock.now() + 9_000_000];
    for (let index = 0; index < count; index++) {
      await transactions.run(async (tx) => {
        const revokedAt = index % 2 === 0 ? null : createdAt;
        const { id } = await grants.insert(newGrant({ userId, createdAt, expiresAt, revokedAt }), tx);
        await refreshTokens.insert(newRefreshToken(id), tx);
        await codes.insert(newCode(id), tx);
      });
      const loginConfirmedAt = index % 3 === 0 ? null : createdAt;
      const decidedAt = index % 3 === 2 ? createdAt : null;
      await pending.insert(newPending({ userId, createdAt, expiresAt, loginConfirmedAt, decidedAt }));
    }
  };
  const counts = () => Promise.all(TABLES.map((entity) => host.dataSource.manager.count(entity)));

  it('STO-07 leaves nothing of a user with many rows in every state, and takes nothing of others', async () => {
    await insertRows('other', 3);
    await insertRows('gone', MANY);
    expect(await counts()).toEqual(TABLES.map(() => MANY + 3));
    expect(await service.eraseUser('gone')).toBe(MANY);
    expect(await counts()).toEqual([3, 3, 3, 3]);
    for (const entity of [GrantEntity, PendingAuthorizationEntity]) {
      expect(await host.dataSource.manager.countBy(entity, { userId: 'other' })).toBe(3);
    }
  });

  it('STO-07 takes the requests of a user who has no grant', async () => {
    const { pending } = storageOn(host.dataSource);
    for (let index = 0; index < MANY; index++) await pending.insert(newPending({ userId: 'undecided' }));
    expect(await service.eraseUser('undecided')).toBe(0);
    expect(await host.dataSource.manager.countBy(PendingAuthorizationEntity, { userId: 'undecided' })).toBe(0);
  });

  it('STO-07 takes a grant that a flow makes at the very moment, too', async () => {
    const { grants, transactions } = storageOn(host.dataSource);
    await insertRows('quick', 1);
    const repository = host.app.get(GrantRepository);
    const deleteEnded = repository.deleteEndedOfUser.bind(repository);
    const deletes = vi.spyOn(repository, 'deleteEndedOfUser').mockImplementationOnce(async (...batch) => {
      const expiresAt = host.clock.now() + 9_000_000;
      await transactions.run((tx) => grants.insert(newGrant({ userId: 'quick', expiresAt }), tx));
      return deleteEnded(...batch);
    });
    expect(await service.eraseUser('quick')).toBe(2);
    deletes.mockRestore();
    expect(await host.dataSource.manager.countBy(GrantEntity, { userId: 'quick' })).toBe(0);
  });

  it('STO-07 takes a request that waits for the browser of the user: it cannot be gone on with', async () => {
    host.users.handleLogin = true;
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    await walk.browser.get(walk.authorizeUrl(client_id));
    const handle = host.users.loginUrls.at(-1)?.handle ?? '';
    const { resumeUrl } = await host.app.get(McpLoginService).complete(handle, { id: 'grace' });
    await service.eraseUser('grace');
    const answer = await walk.browser.get(resumeUrl);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });
});
