import { Injectable, RequestMethod, type Type, VersioningType } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Handler = (...args: unknown[]) => unknown;

/** A handler of a controller. */
interface Member {
  readonly controller: Type;
  readonly handler: Handler;
  /** What Nest calls and shows to guards: the handler, unless a constructor put another function in its place. */
  readonly mounted: Handler;
}

/** A handler and one of the paths that may be its own. */
export interface HandlerRoute extends Member {
  /** Undefined: every method. */
  readonly method: string | undefined;
  readonly pattern: RegExp;
}

/** A class or a method, and what to call it. */
interface Unrouted {
  readonly name: string;
  readonly target: Function;
}

/**
 * The routes of the host's controllers, as the edge can know them before a router has matched. The guard looks at the handler that did match.
 */
@Injectable()
export class HandlerRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  /** Of every controller; called once the host has set its prefix and versioning. */
  list(): readonly HandlerRoute[] {
    return this.discovery
      .getControllers()
      .flatMap(({ instance, host }) =>
        instance ? this.routesOf(instance as object, this.modulePath(host?.metatype)) : [],
      );
  }

  /** Every provider class, and every method of providers and controllers that no route leads to. */
  unrouted(): readonly Unrouted[] {
    const routed = new Set<object>(this.list().flatMap(({ controller, handler }) => [controller, handler]));
    return [...this.discovery.getProviders(), ...this.discovery.getControllers()]
      .flatMap((wrapper) => this.membersOf(wrapper))
      .filter(({ target }) => !routed.has(target));
  }

  /** A class and its methods. What a factory made or a host handed over is known by its instance, everything else before there is one. */
  private membersOf({ isNotMetatype, metatype, instance }: InstanceWrapper): readonly Unrouted[] {
    const made: unknown = isNotMetatype ? instance : metatype?.prototype;
    if (typeof made !== 'object' || made === null) return [];
    const prototype = (isNotMetatype ? Object.getPrototypeOf(made) : made) as Record<string, Handler> | null;
    const type: unknown = prototype?.constructor;
    if (!prototype || typeof type !== 'function') return [];
    const methods = this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const target = prototype[name];
      return target ? [{ name: `${type.name}.${name}`, target }] : [];
    });
    return [{ name: type.name, target: type }, ...methods];
  }

  /** Where `RouterModule` of the host has put a module. */
  private modulePath(module: Type | Function | undefined): string {
    if (!module) return '';
    const key = `__module_path__${this.modules.applicationId}`;
    return texts(Reflect.getMetadata(key, module))[0] ?? '';
  }

  private routesOf(instance: object, modulePath: string): readonly HandlerRoute[] {
    const controller = instance.constructor as Type;
    const prototype = Object.getPrototypeOf(instance) as Record<string, Handler>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const mounted = (instance as Record<string, Handler>)[name];
      return handler && mounted ? this.routesOfHandler({ controller, handler, mounted }, modulePath) : [];
    });
  }

  private routesOfHandler(member: Member, modulePath: string): readonly HandlerRoute[] {
    const { controller, handler } = member;
    const requestMethod = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (requestMethod === undefined) return [];
    const paths = texts(Reflect.getMetadata('path', controller)).flatMap((outer) =>
      texts(Reflect.getMetadata('path', handler)).map((inner) => `${modulePath}/${outer}/${inner}`),
    );
    const method = requestMethod === RequestMethod.ALL ? undefined : RequestMethod[requestMethod];
    return paths
      .flatMap((path) => this.publicForms(path, this.versionsOf(controller, handler)))
      .map((pattern) => ({ method, pattern, ...member }));
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

/** Whether a request may be for this route. Routers answer HEAD wherever they answer GET. */
export function mayBeFor(route: HandlerRoute, method: string, path: string): boolean {
  const verb = method === 'HEAD' ? 'GET' : method;
  return (route.method === undefined || route.method === verb) && route.pattern.test(path);
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
