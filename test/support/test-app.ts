import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  All,
  Controller,
  Get,
  Req,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  McpAuthModule,
  mcpAuthEntities,
  type McpAuthOptions,
  type McpAuthStaticOptions,
  runMcpAuthMigrations,
} from 'nestjs-mcp-auth';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Clock } from '../../lib/config/clock.js';
import { FakeClock } from './fake-clock.js';
import { keepSecret } from './leak-channels.mjs';
import { MemoryLogger } from './memory-logger.js';
import { TestUsers } from './test-users.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

/** What every handler behind the guard answers: who the request speaks for. */
@Controller()
export class EchoController {
  @All(['mcp', 'mcp/:rest'])
  mcp(@Req() request: { auth?: { extra?: unknown; scopes?: unknown; clientId?: unknown } }) {
    return { reached: 'mcp', auth: request.auth ? { ...request.auth, token: undefined } : null };
  }

  @Get('other/endpoint')
  other() {
    return { reached: 'other' };
  }
}

export type FastifyOptions = Exclude<ConstructorParameters<typeof FastifyAdapter>[0], { server: unknown } | undefined>;

export interface TestAppOptions {
  readonly adapter: AdapterName;
  /** @default SQLite in memory */
  readonly database?: DataSourceOptions;
  readonly options?: Partial<McpAuthOptions & McpAuthStaticOptions>;
  readonly users?: TestUsers;
  /** @default EchoController */
  readonly controllers?: readonly Type[];
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly providers?: readonly Provider[];
  readonly nest?: NestApplicationOptions;
  /**
   * The host to listen on; with `false`, the test calls `init()` or `listen()` itself.
   * @default '127.0.0.1'
   */
  readonly listen?: string | false;
  /** Options of Fastify itself: router, proxies. */
  readonly fastify?: FastifyOptions;
  /** Runs where a host's `main.ts` would configure its application: before `init`. */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
}

export interface TestApp {
  readonly app: INestApplication;
  /** `http://127.0.0.1:<port>`, which is the issuer too unless `baseUrl` is set. */
  readonly origin: string;
  readonly users: TestUsers;
  readonly clock: FakeClock;
  readonly log: MemoryLogger;
  readonly dataSource: DataSource;
  readonly secret: string;
  close(): Promise<void>;
}

/** A small host application with the module in it, listening on a free loopback port. */
export async function startTestApp(given: TestAppOptions): Promise<TestApp> {
  const users = given.users ?? new TestUsers();
  const [clock, log, secret] = [new FakeClock(), new MemoryLogger(), randomBytes(48).toString('base64url')];
  for (const one of [secret, given.options?.oauthSecret ?? []].flat()) keepSecret('oauth_secret', one);
  const database = given.database ?? { type: 'better-sqlite3', database: ':memory:' };
  const name = given.options?.dataSource;
  const module = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        ...database,
        ...(name === undefined ? {} : { name }),
        entities: mcpAuthEntities,
        retryAttempts: 0,
      }),
      McpAuthModule.forRoot({
        oauthSecret: secret,
        users,
        scopes: TEST_SCOPES,
        rateLimits: NO_RATE_LIMITS,
        ...given.options,
      }),
      ...(given.imports ?? []),
    ],
    controllers: [...(given.controllers ?? [EchoController])],
    providers: [...(given.providers ?? [])],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .setLogger(log)
    .compile();
  const dataSource = module.get<DataSource>(getDataSourceToken(name));
  await runMcpAuthMigrations(dataSource);
  const adapter = given.adapter === 'fastify' ? new FastifyAdapter(given.fastify ?? {}) : new ExpressAdapter();
  const app = module.createNestApplication<INestApplication>(adapter as ExpressAdapter, { logger: log, ...given.nest });
  await given.configure?.(app);
  if (given.listen !== false) await app.listen(0, given.listen ?? '127.0.0.1');
  const { port = 0 } = (app.getHttpServer().address() as AddressInfo | null) ?? {};
  return { app, origin: `http://127.0.0.1:${port}`, users, clock, log, dataSource, secret, close: () => app.close() };
}

/** Every test comes from one address. Not `enabled: false`, which wants everything on the loopback. */
export const NO_RATE_LIMITS = {
  authorizationsPerMinute: 1e9,
  registrationsPerMinute: 1e9,
  directRequestsPerMinute: 1e9,
  wrongSecretsPerMinute: 1e9,
};

export const TEST_SCOPES = {
  'mcp:read': { name: 'Read', description: 'Read your notes', required: true },
  'mcp:write': { name: 'Write', description: 'Write your notes' },
  'mcp:admin': { name: 'Administer', description: 'Delete everything' },
};
