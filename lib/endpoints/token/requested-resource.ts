import type { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidTargetError } from '../../protocol/oauth-errors.js';
import { selectResource } from '../../protocol/resource-indicator.js';

/**
 * RFC 8707 §2.2: a token request may name the granted resource or nothing, never another one.
 * @param served the resource this server serves now; a grant for anything else is of no use any more
 */
export function assertWithinGrant(form: FormParameters, granted: string, served: string): void {
  const requested = selectResource(form.getAll('resource'), [granted], granted);
  if (requested !== granted || granted !== served) {
    throw new InvalidTargetError('The resource is outside the grant', { reason: 'resource_outside_grant' });
  }
}
