import type { EndpointName, PublicUrls } from '../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { declaredEndpoints, type EndpointKind, type Method } from './endpoint.decorator.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { HttpResponse } from '../../http/http-response.js';
import { offersUserInfo } from '../../protocol/identity-scopes.js';
import type { LimitName, RateLimiter } from '../../limits/rate-limiter.js';

export type Handler = (request: HttpRequest) => Promise<HttpResponse>;

/** What answers at one exact path. */
export interface EndpointEntry {
  readonly path: string;
  readonly kind: EndpointKind;
  readonly handlers: ReadonlyMap<Method, Handler>;
  /** Methods of a page that the edge answers itself. */
  readonly early: ReadonlySet<Method>;
}

/** Whether an endpoint asks who is signed in, and therefore runs after the host's session. */
export function isBehindHost(kind: EndpointKind): boolean {
  return kind === 'page' || kind === 'data';
}

/** What counts together (ABU-01). Documents are the same for everybody and cost nothing. */
const LIMITS: Readonly<Record<string, LimitName>> = {
  authorize: 'authorizationsPerMinute',
  'authorize/resume': 'authorizationsPerMinute',
  'authorize/select-account': 'authorizationsPerMinute',
  'authorize/select-organisation': 'authorizationsPerMinute',
  approve: 'authorizationsPerMinute',
  'connected-apps': 'authorizationsPerMinute',
  'connected-apps.json': 'authorizationsPerMinute',
  register: 'registrationsPerMinute',
  token: 'directRequestsPerMinute',
  revoke: 'directRequestsPerMinute',
  introspect: 'directRequestsPerMinute',
  userinfo: 'directRequestsPerMinute',
} satisfies Record<EndpointName, LimitName>;

/** Some endpoints are there only where somebody could use them; then alone the metadata names them (DSC-12). */
function isOn(path: string, options: ResolvedMcpAuthOptions): boolean {
  if (path === 'register') return options.dynamicRegistration;
  return path !== 'userinfo' || offersUserInfo(options.scopes);
}

interface GrowingEntry extends EndpointEntry {
  readonly handlers: Map<Method, Handler>;
  readonly early: Set<Method>;
}

/** Every endpoint of the module by its exact public path. */
export class EndpointTable {
  private readonly entries = new Map<string, GrowingEntry>();

  constructor(
    controllers: readonly object[],
    private readonly options: ResolvedMcpAuthOptions,
    private readonly urls: PublicUrls,
    private readonly limiter: RateLimiter,
  ) {
    for (const controller of controllers) this.add(controller);
  }

  find(path: string): EndpointEntry | undefined {
    return this.entries.get(path);
  }

  /** What is routed behind the host's middleware. */
  get pages(): readonly EndpointEntry[] {
    return [...this.entries.values()].filter(({ kind }) => isBehindHost(kind));
  }

  private add(controller: object): void {
    for (const { method, path, kind, early, handler } of declaredEndpoints(controller.constructor)) {
      if (!isOn(path, this.options)) continue;
      const limit = LIMITS[path];
      const run = async (request: HttpRequest) => {
        if (limit !== undefined) await this.limiter.take(limit, request.remoteAddress);
        return (controller as Record<string, Handler>)[handler]!.call(controller, request);
      };
      for (const place of kind === 'document' ? this.documentPaths(path) : [`${this.options.endpointPrefix}/${path}`]) {
        const entry = this.entries.get(place) ?? { path: place, kind, handlers: new Map(), early: new Set() };
        entry.handlers.set(method, run);
        if (early) entry.early.add(method);
        this.entries.set(place, entry);
      }
    }
  }

  /** RFC 8414 §3.1 and RFC 9728 §3.1 insert the path between host and well-known name; OpenID Connect Discovery appends it. */
  private documentPaths(name: string): readonly string[] {
    const root = `/.well-known/${name}`;
    const { issuerPath } = this.urls;
    switch (name) {
      case 'oauth-protected-resource':
        return [root, root + this.options.mcpServerPath];
      case 'oauth-authorization-server':
        return issuerPath ? [root + issuerPath] : [root];
      case 'openid-configuration':
        return issuerPath ? [root + issuerPath, issuerPath + root] : [root];
      default:
        return [root];
    }
  }
}
