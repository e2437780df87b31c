import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { exposureOf } from './exposure.js';
import { type HandlerRoute, HandlerRoutes, mayBeFor } from './handler-routes.js';

/**
 * The routes that `@McpPublic()` and `@McpOptionalAuth()` open. The guard looks again, at the handler itself, so a pattern too wide here opens
 * nothing that Nest routes.
 */
@Injectable()
export class PublicRoutes {
  private routes: readonly HandlerRoute[] = [];

  constructor(
    private readonly handlers: HandlerRoutes,
    private readonly reflector: Reflector,
  ) {}

  /** Reads the decorators of every controller; called once the host has set its prefix and versioning. */
  discover(): void {
    this.routes = this.handlers.list().filter(({ handler, controller }) => {
      const exposure = exposureOf(this.reflector, handler, controller);
      return exposure === 'public' || exposure === 'optional';
    });
  }

  include(method: string, path: string): boolean {
    return this.routes.some((route) => mayBeFor(route, method, path));
  }
}
