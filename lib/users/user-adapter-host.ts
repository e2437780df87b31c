import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { McpAuthConfigurationError } from '../config/mcp-auth-configuration-error.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { McpUserAdapter } from '../config/mcp-user-adapter.js';

/** Holds the host's adapter: the object of the options, or the instance of the class that some module of the host provides. */
@Injectable()
export class UserAdapterHost implements OnModuleInit {
  private resolved: McpUserAdapter | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
    private readonly moduleRef: ModuleRef,
  ) {}

  get adapter(): McpUserAdapter {
    if (!this.resolved) throw new Error('The application is not initialised yet');
    return this.resolved;
  }

  /** Not earlier: while providers are built, another module's instance may not be complete. */
  async onModuleInit(): Promise<void> {
    const { users } = this.options;
    const adapter = typeof users === 'function' ? await this.instanceOf(users) : users;
    for (const method of ['currentUser', 'fetchUserData'] as const) {
      if (typeof adapter[method] === 'function') continue;
      throw new McpAuthConfigurationError(`users has no method ${method}; see McpUserAdapter`);
    }
    if (typeof adapter.listOrgs === 'function' && typeof adapter.currentOrg !== 'function')
      throw new McpAuthConfigurationError('users.listOrgs needs users.currentOrg, which says where the choice begins');
    this.resolved = adapter;
  }

  private async instanceOf(type: Type<McpUserAdapter>): Promise<McpUserAdapter> {
    try {
      return this.moduleRef.get(type, { strict: false });
    } catch {
      // Provided nowhere: built here, as far as its dependencies are visible from here.
    }
    try {
      return await this.moduleRef.create(type);
    } catch (cause) {
      const message = `users: no module provides ${type.name}, and it cannot be built without one; add it to the providers of a module`;
      throw new McpAuthConfigurationError(message, { cause });
    }
  }
}
