import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { DataSourceOptions } from 'typeorm';
import { AppModule } from '../../sample-app/app.module.js';
import { readEnvironment } from '../../sample-app/environment.js';
import { publicOrigin } from '../../sample-app/public-origin.js';
import { keepSecret } from './leak-channels.mjs';
import { MemoryLogger } from './memory-logger.js';
import type { AdapterName } from './test-app.js';

export interface SampleAppOptions {
  readonly adapter: AdapterName;
  /** @default SQLite in memory */
  readonly database?: DataSourceOptions;
  /** @default a free port */
  readonly port?: number;
  /** @default a random one */
  readonly secret?: string;
  /** Further variables of `readEnvironment`. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SampleApp {
  /** Also the issuer. */
  readonly origin: string;
  /** Where it listens, which is not `origin` when something stands in front of it. */
  readonly port: number;
  readonly mcpUrl: URL;
  readonly log: MemoryLogger;
  /** `METHOD /path` of every request so far; preflights included, which browsers do not show. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** The sample application as `main.ts` starts it, but inside the test's process and with an environment of its own. */
export async function startSampleApp(options: SampleAppOptions): Promise<SampleApp> {
  const { adapter, database, port = 0, secret = randomBytes(48).toString('base64url') } = options;
  keepSecret('oauth_secret', secret);
  const environment = readEnvironment({
    HOST: '127.0.0.1',
    PORT: String(port),
    HTTP_ADAPTER: adapter,
    MCP_RATE_LIMIT: 'off',
    DATABASE_URL: database === undefined ? 'sqlite::memory:' : databaseUrl(database),
    ...options.variables,
  });
  const log = new MemoryLogger();
  const app = await NestFactory.create(
    AppModule.for(environment, secret),
    environment.httpAdapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
    { logger: log, abortOnError: false },
  );
  await app.listen(environment.port, environment.host);
  const server = app.getHttpServer() as Server;
  const requests: string[] = [];
  server.prependListener('request', ({ method, url = '' }: IncomingMessage) => {
    requests.push(`${method} ${url.replace(/\?.*/s, '')}`);
  });
  const origin = publicOrigin(environment, server);
  const listeningPort = (server.address() as AddressInfo).port;
  return {
    origin,
    port: listeningPort,
    mcpUrl: new URL(environment.mcpServerPath, origin),
    log,
    requests,
    close: () => app.close(),
  };
}

/** What an operator would write into `DATABASE_URL`. */
export function databaseUrl(options: DataSourceOptions): string {
  switch (options.type) {
    case 'better-sqlite3':
      return `sqlite:${options.database}`;
    case 'postgres':
    case 'mariadb':
    case 'mysql': {
      const url = new URL(`${options.type}://${options.host}`);
      url.port = String(options.port ?? '');
      url.username = options.username ?? '';
      url.password = typeof options.password === 'string' ? options.password : '';
      url.pathname = `/${String(options.database)}`;
      return url.href;
    }
    default:
      throw new TypeError(`The sample app does not run on ${options.type}`);
  }
}
