import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import express from 'express';
import { McpAuthModule, mcpAuthEntities, runMcpAuthMigrations } from 'nestjs-mcp-auth';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { McpGate } from '../../lib/resource-server/mcp-gate.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { ADAPTERS, EchoController, startTestApp, type TestApp } from '../support/test-app.js';
import { TestUsers } from '../support/test-users.js';

describe.each(ADAPTERS)('an edge that fails on %s', (adapter) => {
  let host: TestApp;
  let reached = 0;
  beforeAll(async () => {
    host = await startTestApp({
      adapter,
      configure: (app) => {
        app.use('/mcp', (_request: unknown, response: { end(text: string): void }) => {
          reached++;
          response.end('reached');
        });
      },
    });
  });
  afterAll(() => host.close());

  it('RSG-01 RSG-13 answers 503 itself, and opens nothing', async () => {
    const admit = vi.spyOn(host.app.get(McpGate, { strict: false }), 'admit').mockRejectedValue(new Error('a bug'));
    for (const method of ['GET', 'POST', 'DELETE']) {
      const response = await fetch(`${host.origin}/mcp`, { method });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
    }
    admit.mockRestore();
    expect((await fetch(`${host.origin}/mcp`)).status).toBe(401);
    expect(reached).toBe(0);
  });
});

describe('an Express application that is older than Nest', () => {
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: mcpAuthEntities }),
      McpAuthModule.forRoot({ oauthSecret: 'an-older-application-0123456789abcdef', users: new TestUsers() }),
    ],
    controllers: [EchoController],
  })
  class HostModule {}

  let app: INestApplication;
  let reached = 0;
  beforeAll(async () => {
    const older = express();
    older.all('/mcp', (_request, response) => {
      reached++;
      response.end('reached');
    });
    app = await NestFactory.create(HostModule, new ExpressAdapter(older), { logger: new MemoryLogger() });
    await runMcpAuthMigrations(app.get<DataSource>(getDataSourceToken()));
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('RSG-01 has the edge in front of the routes it already had', async () => {
    const origin = await app.getUrl();
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${origin}/mcp`, { method });
      expect([response.status, response.headers.get('www-authenticate')?.startsWith('Bearer ')]).toEqual([401, true]);
    }
    expect(reached).toBe(0);
  });
});
