import type { Reflector } from '@nestjs/core';

/** How a route is exposed, by decorator. Absent: by its path. */
export type Exposure = 'public' | 'protected' | 'optional';

export const EXPOSURE = 'nestjs-mcp-auth:exposure';
export const REQUIRED_SCOPES = 'nestjs-mcp-auth:required-scopes';

type Target = Parameters<Reflector['get']>[1];

/** What the decorators say of a handler; what stands on the handler itself is stronger. Whatever needs scopes needs a token. */
export function exposureOf(reflector: Reflector, handler: Target, controller: Target): Exposure | undefined {
  return exposureAt(reflector, handler) ?? exposureAt(reflector, controller);
}

function exposureAt(reflector: Reflector, target: Target): Exposure | undefined {
  return (
    reflector.get<Exposure | undefined>(EXPOSURE, target) ??
    (scopesAt(reflector, target).length > 0 ? 'protected' : undefined)
  );
}

/** The scopes that a handler needs, its controller's among them. */
export function requiredScopes(reflector: Reflector, handler: Target, controller: Target): readonly string[] {
  return [...new Set([...scopesAt(reflector, controller), ...scopesAt(reflector, handler)])];
}

/** Whether a target itself asks for a token, with scopes or without. */
export function asksForToken(reflector: Reflector, target: Target): boolean {
  return scopesAt(reflector, target).length > 0 || isProtected(reflector, target);
}

/** Whether `@McpProtected()` stands on a target. */
export function isProtected(reflector: Reflector, target: Target): boolean {
  return reflector.get<Exposure | undefined>(EXPOSURE, target) === 'protected';
}

/** Whether a function that took the place of a handler says less of tokens and scopes than the handler did: guards see it alone. */
export function losesProtection(reflector: Reflector, handler: Target, mounted: Target): boolean {
  const kept = scopesAt(reflector, mounted);
  const lost = scopesAt(reflector, handler).filter((scope) => !kept.includes(scope));
  return lost.length > 0 || (asksForToken(reflector, handler) && !asksForToken(reflector, mounted));
}

/** Whether a target says two things that cannot both be true. */
export function contradictsItself(reflector: Reflector, target: Target): boolean {
  const exposure = reflector.get<Exposure | undefined>(EXPOSURE, target);
  return scopesAt(reflector, target).length > 0 && (exposure === 'public' || exposure === 'optional');
}

function scopesAt(reflector: Reflector, target: Target): readonly string[] {
  return reflector.get<readonly string[] | undefined>(REQUIRED_SCOPES, target) ?? [];
}
