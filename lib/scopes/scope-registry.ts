import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ScopeDefinition } from '../config/mcp-auth-options.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';

/** The declared scopes, with their texts. */
@Injectable()
export class ScopeRegistry {
  readonly names: readonly string[];
  readonly defaults: readonly string[];

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions) {
    this.names = Object.keys(options.scopes);
    this.defaults = options.defaultScopes;
  }

  isRequired(name: string): boolean {
    return this.definition(name).required ?? false;
  }

  /** Texts of a declared scope. Only declared names reach this far. */
  definition(name: string): ScopeDefinition {
    const definition = Object.hasOwn(this.options.scopes, name) ? this.options.scopes[name] : undefined;
    if (!definition) throw new TypeError('Not a declared scope');
    return definition;
  }
}
