import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { requiredScopes } from '../exposure.js';
import { grantedScopesOf } from '../mcp-principal.js';
import { carriedRequest } from './carried-request.js';

const reflector = new Reflector();

/**
 * What `@RequireScopes()` puts on message handlers, which tools of `@rekog/mcp-nest` are: it holds where no guard has seen the HTTP request.
 * HTTP handlers are the global guard's. It asks for nothing by injection, since it is built in the modules of the host.
 */
@Injectable()
export class ScopedMessageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.getType<string>() === 'http' || messageHasScopes(context);
  }
}

/** Whether a message came over a request whose token has what its handler needs. */
export function messageHasScopes(context: ExecutionContext): boolean {
  const request = carriedRequest(context);
  const granted = request === undefined ? undefined : grantedScopesOf(request);
  const needed = requiredScopes(reflector, context.getHandler(), context.getClass());
  return granted !== undefined && needed.every((scope) => granted.includes(scope));
}
