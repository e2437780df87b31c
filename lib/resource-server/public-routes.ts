import { Injectable, RequestMethod, type Type, VersioningType } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { EXPOSURE, type Exposure } from './exposure.js';

interface PublicRoute {
  readonly method: string | undefined;
  readonly pattern: RegExp;
}

/**
 * The routes that `@McpPublic()` and `@McpOptionalAuth()` open, as the edge can know them before a router has matched. The guard looks again,
 * at the handler itself, so a pattern too wide here opens nothing that Nest routes.
 */
@Injectable()
export class PublicRoutes {
  private routes: readonly PublicRoute[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  /** Reads the decorators of every controller; called once the host has set its prefix and versioning. */
  discover(): void {
    this.routes = this.discovery
      .getControllers()
      .flatMap(({ instance, host }) =>
        instance ? this.routesOf(instance as object, this.modulePath(host?.metatype)) : [],
      );
  }

  include(method: string, path: string): boolean {
    // Routers answer HEAD wherever they answer GET.
    const verb = method === 'HEAD' ? 'GET' : method;
    return this.routes.some(
      (route) => (route.method === undefined || route.method === verb) && route.pattern.test(path),
    );
  }

  /** Where `RouterModule` of the host has put a module. */
  private modulePath(module: Type | Function | undefined): string {
    if (!module) return '';
    const key = `__module_path__${this.modules.applicationId}`;
    return texts(Reflect.getMetadata(key, module))[0] ?? '';
  }

  private routesOf(controller: object, modulePath: string): readonly PublicRoute[] {
    const type = controller.constructor as Type;
    const prototype = Object.getPrototypeOf(controller) as Record<string, (...args: unknown[]) => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (!handler) return [];
      const exposure = this.reflector.getAllAndOverride<Exposure | undefined>(EXPOSURE, [handler, type]);
      return exposure === 'public' || exposure === 'optional' ? this.routesOfHandler(type, handler, modulePath) : [];
    });
  }

  private routesOfHandler(
    type: Type,
    handler: (...args: unknown[]) => unknown,
    modulePath: string,
  ): readonly PublicRoute[] {
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const paths = texts(Reflect.getMetadata('path', type)).flatMap((outer) =>
      texts(Reflect.getMetadata('path', handler)).map((inner) => `${modulePath}/${outer}/${inner}`),
    );
    const name = method === RequestMethod.ALL ? undefined : RequestMethod[method];
    return paths
      .flatMap((path) => this.publicForms(path, this.versionsOf(type, handler)))
      .map((pattern) => ({ method: name, pattern }));
  }

  /** With and without the global prefix: which routes are excluded from it is Nest's knowledge, and either form is this handler's. */
  private publicForms(path: string, versions: readonly string[]): readonly RegExp[] {
    const prefixes = new Set(['', this.config.getGlobalPrefix()]);
    return [...prefixes].flatMap((prefix) => versions.map((version) => toPattern(`${prefix}/${version}/${path}`)));
  }

  /** The version segments of a route under URI versioning, `''` for none. */
  private versionsOf(type: Type, handler: object): readonly string[] {
    const versioning = this.config.getVersioning();
    if (versioning?.type !== VersioningType.URI) return [''];
    const declared: unknown = Reflect.getMetadata('__version__', handler) ?? Reflect.getMetadata('__version__', type);
    const prefix = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
    // A symbol stands for a route without version.
    return texts(declared ?? versioning.defaultVersion).map((version) => (version === '' ? '' : prefix + version));
  }
}

function texts(metadata: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(metadata) ? metadata : [metadata];
  return list.map((value) => (typeof value === 'string' ? value : ''));
}

/** A Nest path as an exact pattern: `:id` is one segment, `*rest` is the rest. */
function toPattern(path: string): RegExp {
  const segments = path.split('/').filter((segment) => segment !== '');
  const pattern = segments.map((segment) => {
    if (segment.includes('*')) return '.+';
    if (segment.startsWith(':')) return '[^/]+';
    return segment.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^/${pattern.join('/')}$`);
}
