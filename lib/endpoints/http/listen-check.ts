import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { isLoopbackHost } from '../../config/loopback.js';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';

/** Looks at the address the server really listens on: relaxed settings are for loopback, whatever the configuration hoped (decision C5). */
@Injectable()
export class ListenCheck {
  private readonly logger = new Logger('McpAuth');

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly urls: PublicUrls,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Before anybody else hears that the server listens; a refusal is the server's own error, so `app.listen()` rejects with it. */
  watch(): void {
    if (this.options.development) this.logger.warn('development is on: this is no configuration for production');
    const server = this.host.httpAdapter.getHttpServer() as Server;
    if (server.listening) return this.check(server);
    server.prependOnceListener('listening', () => {
      try {
        this.check(server);
      } catch (error) {
        // Not at once: other listeners of this very event (Fastify's own) ask for the address.
        process.nextTick(() => server.close());
        if (!server.emit('error', error)) throw error;
      }
    });
  }

  /** What of the options is for loopback servers, whatever `baseUrl` is. */
  private relaxation(): string | undefined {
    const { clientDocuments, rateLimits } = this.options;
    if (clientDocuments.allowLoopback) return 'clientDocuments.allowLoopback is on';
    return rateLimits.enabled ? undefined : 'rateLimits.enabled is off';
  }

  private check(server: Server): void {
    const { baseUrl, development } = this.options;
    const relaxation = this.relaxation();
    if (baseUrl?.startsWith('https:') && relaxation === undefined) return;
    const address = server.address();
    const where = typeof address === 'string' || address === null ? undefined : address;
    const loopback = where !== undefined && isLoopbackHost(where.address.replace(/^::ffff:/i, ''));
    if (!loopback && !development && relaxation !== undefined) {
      throw new McpAuthConfigurationError(
        `${relaxation}, and the server listens on ${where?.address ?? 'a socket'}, which is not loopback. ` +
          'Leave the option out, or listen on 127.0.0.1.',
      );
    }
    if (!loopback && !development) {
      throw new McpAuthConfigurationError(
        `baseUrl is ${baseUrl ?? 'not set'}, and the server listens on ${where?.address ?? 'a socket'}, which is not loopback. ` +
          'Set baseUrl to the public https origin, or listen on 127.0.0.1.',
      );
    }
    if (baseUrl !== undefined) return;
    if (!where)
      throw new McpAuthConfigurationError('baseUrl is not set, and the server listens on no port; set baseUrl');
    this.urls.listensOn(originOf(where, loopback));
    this.logger.log(`baseUrl is not set: using ${this.urls.origin}, the address the server listens on`);
  }
}

function originOf({ address, family, port }: AddressInfo, loopback: boolean): string {
  if (!loopback) return `http://localhost:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
