import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from './injection-tokens.js';
import type { ResolvedMcpAuthOptions } from './resolved-options.js';

export type EndpointName =
  | 'authorize'
  | 'authorize/resume'
  | 'authorize/select-account'
  | 'authorize/select-organisation'
  | 'approve'
  | 'connected-apps'
  | 'connected-apps.json'
  | 'token'
  | 'register'
  | 'revoke'
  | 'introspect'
  | 'userinfo';

/**
 * Every public URL of the module, derived from one origin. The origin is configuration or, in loopback development, the address the server
 * listens on; no request can influence it.
 */
@Injectable()
export class PublicUrls {
  private listenOrigin: string | undefined;

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions) {}

  /** Told once, when the server listens. */
  listensOn(origin: string): void {
    this.listenOrigin = origin;
  }

  get origin(): string {
    const origin = this.options.baseUrl ?? this.listenOrigin;
    if (origin === undefined)
      throw new Error('The public origin is unknown: set baseUrl, or let the server listen first');
    return origin;
  }

  get issuer(): string {
    return this.options.issuer ?? this.origin;
  }

  /** Resource identifier of the MCP server (RFC 8707, RFC 9728): the public URL of its endpoint. */
  get resource(): string {
    return this.origin + this.options.mcpServerPath;
  }

  get resourceMetadata(): string {
    return `${this.origin}/.well-known/oauth-protected-resource${this.options.mcpServerPath}`;
  }

  get documentation(): string {
    const { mcpDocsUrl } = this.options;
    return mcpDocsUrl.startsWith('/') ? this.origin + mcpDocsUrl : mcpDocsUrl;
  }

  get jwks(): string {
    return `${this.origin}/.well-known/jwks.json`;
  }

  /** Path of the issuer, `''` for an origin. */
  get issuerPath(): string {
    const { pathname } = new URL(this.options.issuer ?? 'https://origin.invalid');
    return pathname === '/' ? '' : pathname;
  }

  endpointPath(name: EndpointName): string {
    return `${this.options.endpointPrefix}/${name}`;
  }

  endpoint(name: EndpointName): string {
    return this.origin + this.endpointPath(name);
  }

  /** Whether cookies can carry `Secure` and the `__Host-` prefix. */
  get secure(): boolean {
    return this.origin.startsWith('https:');
  }
}
