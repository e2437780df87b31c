import { SetMetadata } from '@nestjs/common';
import { REQUIRED_SCOPES } from '../exposure.js';

/**
 * Asks for an access token with all of these scopes, or broader ones that imply them, on a controller or handler: what stands on a
 * controller is needed by each of its handlers. Without the token, the answer is 401; without a scope, 403 with `insufficient_scope`
 * and all scopes of the operation (RFC 6750 §3.1). A scope that the options do not declare stops the boot.
 */
export const RequireScopes = (...scopes: readonly [string, ...string[]]): ClassDecorator & MethodDecorator =>
  SetMetadata(REQUIRED_SCOPES, scopes);
