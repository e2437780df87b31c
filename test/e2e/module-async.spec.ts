import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  Get,
  type DynamicModule,
  Inject,
  Injectable,
  type INestApplication,
  Module,
  type OnModuleInit,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  McpAuthGuard,
  McpAuthModule,
  type McpAuthOptions,
  type McpAuthOptionsFactory,
  McpAuthService,
  mcpAuthEntities,
  McpLoginService,
  type McpUserAdapter,
  type McpUserData,
  runMcpAuthMigrations,
} from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import type { DataSource } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryLogger } from '../support/memory-logger.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, type AdapterName, EchoController } from '../support/test-app.js';
import { TestUsers } from '../support/test-users.js';

const SECRET = 'Qm3xY9vK2hR7tW5nB8cF1zL6pD4sG0jA';
const NEXT_SECRET = 'zT8wE4rU1iO6aS9dF3gH7jK2lX5cV0bN';

const database = (name?: string): DynamicModule =>
  TypeOrmModule.forRoot({
    type: 'better-sqlite3',
    database: ':memory:',
    entities: mcpAuthEntities,
    ...(name === undefined ? {} : { name }),
  });

function hostModule(imports: DynamicModule['imports'], controllers: Type[] = [EchoController], providers: Type[] = []) {
  @Module({})
  class HostModule {}
  return { module: HostModule, imports: imports ?? [], controllers, providers } satisfies DynamicModule;
}

@Injectable()
class Settings {
  readonly secret = SECRET;
  readonly resourceName = 'Named by a service';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class OptionsFromClass implements McpAuthOptionsFactory {
  constructor(private readonly settings: Settings) {}

  async createMcpAuthOptions(): Promise<McpAuthOptions> {
    await delay(20);
    return { oauthSecret: this.settings.secret, users: new TestUsers(), resourceName: this.settings.resourceName };
  }
}

@Module({ imports: [SettingsModule], providers: [OptionsFromClass], exports: [OptionsFromClass] })
class OptionsModule {}

/** Somewhere in the host, with dependencies of its own that the module cannot see. */
@Injectable()
class Accounts implements OnModuleInit {
  ready = false;

  onModuleInit(): void {
    this.ready = true;
  }
}

@Injectable()
class HostUsers implements McpUserAdapter {
  constructor(@Inject(Accounts) private readonly accounts: Accounts) {}

  currentUser(request: unknown) {
    const cookie = (request as { headers: Record<string, string | undefined> }).headers['cookie'] ?? '';
    const id = /session=(\w+)/.exec(cookie)?.[1];
    return id === undefined || !this.accounts.ready ? null : { id };
  }

  fetchUserData({ userId }: { userId: string }): McpUserData | null {
    return { email: `${userId}@host.example` };
  }
}

@Module({ providers: [Accounts, HostUsers], exports: [HostUsers] })
class AccountsModule {}

@Injectable()
class Independent implements McpUserAdapter {
  currentUser() {
    return { id: 'ada' };
  }

  fetchUserData() {
    return null;
  }
}

@Injectable()
class NeedsTheService {
  constructor(readonly service: McpAuthService) {}
}

@Controller()
@UseGuards(McpAuthGuard)
class GuardedElsewhere {
  @Get('elsewhere')
  elsewhere() {
    return 'elsewhere';
  }
}

let running: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(running.map((app) => app.close()));
  running = [];
});

async function start(adapter: AdapterName, module: DynamicModule, dataSource?: string): Promise<string> {
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const options = { logger: new MemoryLogger(), abortOnError: false };
  const app = await NestFactory.create<INestApplication>(module, http as ExpressAdapter, options);
  running.push(app);
  await runMcpAuthMigrations(app.get<DataSource>(getDataSourceToken(dataSource), { strict: false }));
  await app.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

const started = () => running.at(-1) as INestApplication;
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

async function resourceName(origin: string): Promise<unknown> {
  const response = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`);
  return ((await response.json()) as Record<string, unknown>)['resource_name'];
}

describe.each(ADAPTERS)('the module on %s', (adapter) => {
  it('takes options at once', async () => {
    const module = McpAuthModule.forRoot({ oauthSecret: SECRET, users: new TestUsers(), resourceName: 'At once' });
    const origin = await start(adapter, hostModule([database(), module]));
    expect(await resourceName(origin)).toBe('At once');
    expect((await new OAuthWalk(origin).tokens('ada')).scope).toBe('mcp:read mcp:write');
  });

  it.each<readonly [string, Parameters<typeof McpAuthModule.forRootAsync>[0]]>([
    [
      'useFactory and inject',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => ({
          oauthSecret: settings.secret,
          users: new TestUsers(),
          resourceName: settings.resourceName,
        }),
      },
    ],
    [
      'a slow useFactory',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: async (settings: Settings) => {
          await delay(150);
          return { oauthSecret: settings.secret, users: new TestUsers(), resourceName: settings.resourceName };
        },
      },
    ],
    ['useClass', { imports: [SettingsModule], useClass: OptionsFromClass }],
    ['useExisting', { imports: [OptionsModule], useExisting: OptionsFromClass }],
  ])('takes options from %s, and the whole flow works with them', async (_case, given) => {
    const origin = await start(adapter, hostModule([database(), McpAuthModule.forRootAsync(given)]));
    expect(await resourceName(origin)).toBe('Named by a service');
    const { access_token: token } = await new OAuthWalk(origin).tokens('ada');
    const opened = await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
    expect(opened.status).toBe(200);
  });

  it('shapes routes by what stands beside the factory', async () => {
    const module = McpAuthModule.forRootAsync({
      mcpServerPath: '/other/endpoint',
      endpointPrefix: '/auth',
      useFactory: () => ({ oauthSecret: SECRET, users: new TestUsers() }),
    });
    const origin = await start(adapter, hostModule([database(), module]));
    expect((await fetch(`${origin}/other/endpoint`)).status).toBe(401);
    expect((await fetch(`${origin}/mcp`)).status).toBe(200);
    await new OAuthWalk(origin, '/auth').tokens('ada');
  });

  it.each(['mcpServerPath', 'endpointPrefix', 'dataSource', 'guard', 'isGlobal'])(
    'OPS-01 refuses %s from the factory, where it would be ignored and leave a path open',
    async (option) => {
      const useFactory = () => ({ oauthSecret: SECRET, users: new TestUsers(), [option]: '/x' }) as McpAuthOptions;
      const booting = start(adapter, hostModule([database(), McpAuthModule.forRootAsync({ useFactory })]));
      await expect(booting).rejects.toThrow(
        `${option} cannot come from the factory; give it to forRootAsync() beside useFactory`,
      );
    },
  );

  it.each([
    ['forRoot', McpAuthModule.forRoot({ oauthSecret: SECRET, users: new TestUsers(), dataSource: 'identity' })],
    [
      'forRootAsync',
      McpAuthModule.forRootAsync({
        dataSource: 'identity',
        useFactory: async () => {
          await delay(30);
          return { oauthSecret: SECRET, users: new TestUsers() };
        },
      }),
    ],
  ])('keeps its rows in a data source by name, beside the host’s own: %s', async (_case, module) => {
    const own = TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:' });
    const origin = await start(adapter, hostModule([own, database('identity'), module]), 'identity');
    await new OAuthWalk(origin).tokens('ada');
    const tables = async (name?: string) =>
      started()
        .get<DataSource>(getDataSourceToken(name), { strict: false })
        .query<{ name: string }[]>("SELECT name FROM sqlite_master WHERE name = 'mcp_auth_grants'");
    expect(await tables('identity')).toEqual([{ name: 'mcp_auth_grants' }]);
    expect(await tables()).toEqual([]);
  });

  it('finds the users in whatever module of the host provides them, once it is ready', async () => {
    const module = McpAuthModule.forRoot({ oauthSecret: SECRET, users: HostUsers });
    const origin = await start(adapter, hostModule([database(), module, AccountsModule]));
    const { access_token: token } = await new OAuthWalk(origin).tokens('grace');
    const opened = await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
    expect(await opened.json()).toMatchObject({ auth: { extra: { userId: 'grace' } } });
  });

  it('builds a class of users that nobody provides, if it needs nothing', async () => {
    const module = McpAuthModule.forRoot({ oauthSecret: SECRET, users: Independent });
    await start(adapter, hostModule([database(), module]));
  });

  it('OPS-01 says which class of users it cannot build', async () => {
    const module = McpAuthModule.forRoot({ oauthSecret: SECRET, users: HostUsers });
    const refusal = await refusalOf(start(adapter, hostModule([database(), module])));
    expect(refusal?.name).toBe('McpAuthConfigurationError');
    expect(refusal?.message).toBe(
      'users: no module provides HostUsers, and it cannot be built without one; add it to the providers of a module',
    );
  });

  it('gives its services to every module, unless it is told not to', async () => {
    const options = { oauthSecret: SECRET, users: new TestUsers() };
    @Module({ providers: [NeedsTheService], controllers: [GuardedElsewhere] })
    class Feature {}
    const origin = await start(adapter, hostModule([database(), McpAuthModule.forRoot(options), Feature]));
    expect(started().get(NeedsTheService, { strict: false }).service.issuer).toBe(origin);
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(401);

    const hidden = McpAuthModule.forRoot({ ...options, isGlobal: false });
    const refusal = await refusalOf(start(adapter, hostModule([database(), hidden, Feature])));
    expect(refusal?.message).toContain('McpAuthService');

    const local = McpAuthModule.forRootAsync({ useFactory: () => options, isGlobal: false });
    @Module({ imports: [local], providers: [NeedsTheService], controllers: [GuardedElsewhere] })
    class Importing {}
    const second = await start(adapter, hostModule([database(), Importing]));
    expect(started().get(NeedsTheService, { strict: false }).service.resource).toBe(`${second}/mcp`);
    expect((await fetch(`${second}/elsewhere`)).status).toBe(401);
    expect((await fetch(`${second}/mcp`)).status).toBe(401);
  });

  it.each<readonly [string, () => McpAuthOptions | Promise<McpAuthOptions>, string]>([
    [
      'throws',
      () => {
        throw new Error('the vault is sealed');
      },
      'the vault is sealed',
    ],
    ['rejects', () => Promise.reject(new Error('the vault is sealed')), 'the vault is sealed'],
    [
      'answers a weak secret',
      () => ({ oauthSecret: 'weak', users: new TestUsers() }),
      'oauthSecret has 4 bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48',
    ],
    [
      'answers no secret',
      () => ({ users: new TestUsers() }) as unknown as McpAuthOptions,
      'oauthSecret is missing; give a random string of 32 bytes or more',
    ],
  ])('OPS-01 does not start when the factory %s', async (_case, useFactory, message) => {
    const module = McpAuthModule.forRootAsync({ useFactory });
    expect((await refusalOf(start(adapter, hostModule([database(), module]))))?.message).toBe(message);
  });

  it('OPS-01 refuses static options beside a factory before anything starts', () => {
    const useFactory = () => ({ oauthSecret: SECRET, users: new TestUsers() });
    expect(() => McpAuthModule.forRootAsync({ useFactory, mcpServerPath: 'mcp' })).toThrow(
      'mcpServerPath must be a plain path such as "/mcp", without trailing slash, wildcard or encoding; got "mcp"',
    );
  });

  it('lets a new secret take over: it signs, and both verify until the old one goes', async () => {
    const baseUrl = 'http://127.0.0.1:65001';
    const withSecrets = (oauthSecret: string | readonly string[]) =>
      start(adapter, hostModule([database(), McpAuthModule.forRoot({ oauthSecret, users: new TestUsers(), baseUrl })]));
    const mint = async () => (await mintAccessToken(started(), { userId: 'ada', scope: 'mcp:read' })).authorization;
    const statusAt = async (origin: string, authorization: string) =>
      (await fetch(`${origin}/mcp`, { headers: { authorization } })).status;

    const before = await withSecrets(SECRET);
    const oldToken = await mint();
    const during = await withSecrets([NEXT_SECRET, SECRET]);
    const newToken = await mint();
    const after = await withSecrets([NEXT_SECRET]);
    expect(await Promise.all([before, during, after].map((origin) => statusAt(origin, oldToken)))).toEqual([
      200, 200, 401,
    ]);
    expect(await Promise.all([before, during, after].map((origin) => statusAt(origin, newToken)))).toEqual([
      401, 200, 200,
    ]);
  });
});

describe('without HTTP', () => {
  it('starts as an application context, and mints and verifies tokens there', async () => {
    const module = McpAuthModule.forRoot({
      oauthSecret: SECRET,
      users: new TestUsers(),
      baseUrl: 'https://app.example',
    });
    const context = await NestFactory.createApplicationContext(hostModule([database(), module]), {
      logger: new MemoryLogger(),
      abortOnError: false,
    });
    await runMcpAuthMigrations(context.get<DataSource>(getDataSourceToken(), { strict: false }));
    const service = context.get(McpAuthService);
    const { accessToken } = await mintAccessToken(context, { userId: 7, orgId: 'o', scope: ['mcp:read', 'mcp:write'] });
    expect(await service.verifyAccessToken(accessToken)).toMatchObject({
      userId: '7',
      orgId: 'o',
      clientId: 'test-client',
      scopes: ['mcp:read', 'mcp:write'],
      resource: 'https://app.example/mcp',
    });
    await expect(service.verifyAccessToken('nonsense')).rejects.toThrow('The access token is not valid');
    expect(context.get(McpLoginService)).toBeInstanceOf(McpLoginService);
    expect([service.issuer, service.resource]).toEqual(['https://app.example', 'https://app.example/mcp']);
    await context.close();
  });

  it('says what is missing when nobody knows the address', async () => {
    const module = McpAuthModule.forRoot({ oauthSecret: SECRET, users: new TestUsers() });
    const context = await NestFactory.createApplicationContext(hostModule([database(), module]), {
      logger: new MemoryLogger(),
    });
    expect(() => context.get(McpAuthService).issuer).toThrow(
      'The public origin is unknown: set baseUrl, or let the server listen first',
    );
    await context.close();
  });
});
