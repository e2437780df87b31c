import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { McpAuthModule, type RefreshOptions } from 'nestjs-mcp-auth';
import { dataSourceOptions, openDatabase } from './data-source.js';
import { EnvironmentModule } from './environment.module.js';
import type { Environment } from './environment.js';
import { NotesModule } from './notes/notes.module.js';
import { DEFAULT_SCOPES, SCOPES } from './notes/scopes.js';
import { GERMAN } from './texts/german.js';
import { SampleUserAdapter } from './users/sample-user.adapter.js';
import { UsersModule } from './users/users.module.js';

/** A notes service with a login of its own, and what it takes to let MCP clients in. */
@Module({})
export class AppModule {
  static for(environment: Environment, oauthSecret: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EnvironmentModule.holding(environment),
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...dataSourceOptions(environment.database),
            retryAttempts: 5,
            retryDelay: 1000,
            toRetry,
          }),
          dataSourceFactory: () => openDatabase(environment.database),
        }),
        UsersModule,
        McpAuthModule.forRoot({
          oauthSecret,
          users: SampleUserAdapter,
          ...onlyGiven({
            baseUrl: environment.baseUrl,
            authorizationServerUrl: environment.authorizationServerUrl,
            accessTokenLifetime: environment.accessTokenLifetime,
            refresh: replayWindow(environment),
            rateLimits: environment.rateLimit === 'off' ? { enabled: false } : undefined,
            clientDocuments: environment.allowLoopbackClientDocuments ? { allowLoopback: true } : undefined,
          }),
          mcpServerPath: environment.mcpServerPath,
          mcpDocsUrl: environment.mcpDocsUrl,
          scopes: SCOPES,
          defaultScopes: DEFAULT_SCOPES,
          resourceName: 'Notes',
          views: { languages: { de: GERMAN } },
        }),
        NotesModule.at(environment),
      ],
    };
  }
}

/** A database that is still starting is worth waiting for; a wrong password or a failed migration is not. */
function toRetry(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === '57P03');
}

function replayWindow({ refreshReuseWindow }: Environment): RefreshOptions | undefined {
  return refreshReuseWindow === undefined ? undefined : { replayWindowSeconds: refreshReuseWindow };
}

/** What the environment leaves open stays the library's own default. */
function onlyGiven<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
