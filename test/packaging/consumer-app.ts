/**
 * The source of every bare consumer: a host with nothing but Nest, TypeORM and the packed library. It is copied into a fresh folder, compiled
 * there by the consumer's own compiler, and started. It prints one line of JSON about what it saw over HTTP.
 */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { McpAuthModule, McpPublic, McpUser, mcpAuthMigrations, OAuthError } from 'nestjs-mcp-auth';
import type { McpPrincipal, McpUserAdapter } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import type { MintedAccessToken, MintOptions } from 'nestjs-mcp-auth/testing';

@Injectable()
class People implements McpUserAdapter {
  currentUser(): { id: number } {
    return { id: 42 };
  }
  fetchUserData(): { email: string } {
    return { email: 'ada@example.com' };
  }
}

@Controller('mcp')
class ToolsController {
  @Get('tools')
  tools(@McpUser() user: McpPrincipal): { userId: string } {
    return { userId: user.userId };
  }

  @McpPublic()
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'sqljs',
      autoLoadEntities: true,
      migrations: [...mcpAuthMigrations],
      migrationsRun: true,
    }),
    McpAuthModule.forRoot({ oauthSecret: 'packed-consumer-secret-0123456789abcdef', users: People }),
  ],
  controllers: [ToolsController],
})
class AppModule {}

interface Answer {
  status: number;
  challenge: string | null;
  body: unknown;
}

async function look(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const origin = `http://127.0.0.1:${port}`;
  const wanted: MintOptions = { userId: 42, scope: ['mcp:read'] };
  const minted: MintedAccessToken = await mintAccessToken(app, wanted);
  const seen = {
    origin,
    mcp: await look(`${origin}/mcp/tools`),
    tools: await look(`${origin}/mcp/tools`, { authorization: minted.authorization }),
    open: await look(`${origin}/mcp/hello`),
    resource: await look(`${origin}/.well-known/oauth-protected-resource/mcp`),
    server: await look(`${origin}/.well-known/oauth-authorization-server`),
    errorsAreErrors: Object.prototype.isPrototypeOf.call(Error, OAuthError),
  };
  await app.close();
  process.stdout.write(`SEEN ${JSON.stringify(seen)}\n`);
}

void main();
