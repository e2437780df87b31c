export type Method = 'GET' | 'POST';

/**
 * `document`, `json` and `service` endpoints need nothing of the host and are answered at the edge, a `service` to servers only (no CORS);
 * a `page`, and the `data` of one, run after the host's session.
 */
export type EndpointKind = 'document' | 'json' | 'service' | 'page' | 'data';

/** Where an endpoint lives: a name below `endpointPrefix`, or a well-known document. */
export interface EndpointPlace {
  readonly method: Method;
  readonly path: string;
  readonly kind: EndpointKind;
  /** A page that needs nothing of the host, and is therefore answered at the edge like the others. */
  readonly early?: boolean;
}

const ENDPOINTS = Symbol('nestjs-mcp-auth:endpoints');

export interface DeclaredEndpoint extends EndpointPlace {
  readonly handler: string;
}

function declare(place: EndpointPlace): MethodDecorator {
  return (target, handler) => {
    const declared = declaredEndpoints(target.constructor);
    Reflect.defineMetadata(ENDPOINTS, [...declared, { ...place, handler: String(handler) }], target.constructor);
  };
}

/** An endpoint of programs: JSON in and out, CORS, answered before any middleware of the host. */
export function Endpoint(method: Method, path: string): MethodDecorator {
  return declare({ method, path, kind: 'json' });
}

/** An endpoint of servers, which have a secret: no page of a browser has business there. */
export function ServiceEndpoint(method: Method, path: string): MethodDecorator {
  return declare({ method, path, kind: 'service' });
}

/** A public document below `/.well-known`. */
export function WellKnown(path: string): MethodDecorator {
  return declare({ method: 'GET', path, kind: 'document' });
}

/** An endpoint of browsers: HTML, no CORS, routed after the host's middleware so that its session is there. */
export function Page(method: Method, path: string): MethodDecorator {
  return declare({ method, path, kind: 'page' });
}

/** What a page shows and does, as JSON for the host's own scripts: no CORS, routed like a page. */
export function PageData(method: Method, path: string): MethodDecorator {
  return declare({ method, path, kind: 'data' });
}

/** An endpoint of browsers that asks nobody who is signed in: no middleware of the host (CSRF protection of its own forms, say) stands before it. */
export function EarlyPage(method: Method, path: string): MethodDecorator {
  return declare({ method, path, kind: 'page', early: true });
}

/** What the decorators above recorded on a class. */
export function declaredEndpoints(controller: Function): readonly DeclaredEndpoint[] {
  return (Reflect.getMetadata(ENDPOINTS, controller) as readonly DeclaredEndpoint[] | undefined) ?? [];
}
