import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { EnvironmentError, readEnvironment, type Environment } from './environment.js';
import { listeningOrigin, publicOrigin } from './public-origin.js';
import { QuietLogger } from './quiet-logger.js';
import { resolveHmacSecret } from './secret-file.js';
import { welcome } from './welcome.js';

async function start(): Promise<void> {
  const environment = readEnvironment(process.env);
  const app = await createApp(environment, await resolveHmacSecret(environment));
  await app.listen(environment.port, environment.host);
  const server: unknown = app.getHttpServer();
  const origin = publicOrigin(environment, server);
  process.stdout.write(welcome(listeningOrigin(environment, server), origin, environment.mcpServerPath));
}

async function createApp(environment: Environment, oauthSecret: string): Promise<INestApplication> {
  const adapter = environment.httpAdapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const logger = new QuietLogger();
  const module = AppModule.for(environment, oauthSecret);
  const app = await NestFactory.create(module, adapter, { logger, abortOnError: false });
  // SIGTERM and SIGINT end open MCP streams, let requests finish and close the database.
  app.enableShutdownHooks();
  return app;
}

/** What the operator can mend is one sentence; anything else is a fault of ours and shows where it happened. */
function explain(error: unknown): string {
  if (error instanceof EnvironmentError) return error.message;
  if (!(error instanceof Error)) return `Cannot start: ${String(error)}`;
  const expected = error.name === 'McpAuthConfigurationError' || ('code' in error && error.code === 'EADDRINUSE');
  return `Cannot start: ${expected ? error.message : (error.stack ?? error.message)}`;
}

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  // Not an exit code alone: what did start (a timer, a pool) would keep a half-started process alive.
  process.exit(1);
});
