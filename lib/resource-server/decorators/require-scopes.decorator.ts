import { UseGuards } from '@nestjs/common';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { REQUIRED_SCOPES } from '../exposure.js';
import { ScopedMessageGuard } from '../tools/scoped-message.guard.js';

/**
 * Asks for an access token with all of these scopes, or broader ones that imply them, on a controller or handler, or on a tool of
 * `@rekog/mcp-nest`: what stands on a controller, or on a base class of it, is needed by each of its handlers, and several decorators on one
 * target add up. Without the token, the answer is 401; without a scope, 403 with `insufficient_scope` and all scopes of the operation
 * (RFC 6750 §3.1). A scope that the options do not declare stops the boot, and so does the decorator where neither an HTTP route nor a call to
 * a tool leads to. Throws `McpAuthConfigurationError` for an empty list.
 */
export const RequireScopes =
  (...scopes: readonly [string, ...string[]]): ClassDecorator & MethodDecorator =>
  (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const subject: unknown = key === undefined ? target : descriptor?.value;
    if (scopes.length === 0) throw new McpAuthConfigurationError('@RequireScopes() needs at least one scope');
    if (typeof subject !== 'function')
      throw new McpAuthConfigurationError('@RequireScopes() can stand on a class or a method only');
    const already = Reflect.getMetadata(REQUIRED_SCOPES, subject) as readonly string[] | undefined;
    Reflect.defineMetadata(REQUIRED_SCOPES, [...new Set([...(already ?? []), ...scopes])], subject);
    if (already === undefined) guardMessages(target, key, descriptor);
  };

function guardMessages(target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void {
  const guard = UseGuards(ScopedMessageGuard);
  if (key === undefined || descriptor === undefined) guard(target as Function);
  else guard(target, key, descriptor);
}
