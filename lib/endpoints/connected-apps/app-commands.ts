import { Injectable } from '@nestjs/common';
import { DerivedKeys } from '../../keys/derived-keys.js';
import { noticeOf } from '../../views/view-renderer.js';
import { type KeepScopesOutcome, McpConnectedAppsService } from './mcp-connected-apps.service.js';
import type { AppCommand } from './app-command.js';
import type { Visitor } from './visits.js';

/** What a command did. `unknown`: this user has no such connection, or not any more. */
export type AppOutcome = 'disconnected' | 'disconnected_all' | KeepScopesOutcome;

/** Does what a user asks for, in the name of whoever the page or the data was shown to. */
@Injectable()
export class AppCommands {
  constructor(
    private readonly apps: McpConnectedAppsService,
    private readonly keys: DerivedKeys,
  ) {}

  /** The CSRF token of everything that this visitor can post. */
  csrfToken(visitor: Visitor): string {
    return this.keys.formToken(parts(visitor), []);
  }

  /** What shows that a notice comes from a command of this visitor, and not from somebody's link. */
  noticeProof(outcome: AppOutcome, visitor: Visitor): string {
    return this.keys.formToken([...parts(visitor), outcome], []);
  }

  /** The notice of an address, if a command of this visitor led there. */
  notice(name: string | undefined, proof: string | undefined, visitor: Visitor): AppOutcome | undefined {
    const notice = noticeOf(name);
    const known = notice && this.keys.readFormToken(proof ?? '', [...parts(visitor), notice]);
    return known && notice;
  }

  /** Whether a token was given to this user in this browser. */
  isOurs(csrfToken: string | undefined, visitor: Visitor): boolean {
    return this.keys.readFormToken(csrfToken ?? '', parts(visitor)) !== undefined;
  }

  async run(command: AppCommand, { user: { userId } }: Visitor): Promise<AppOutcome> {
    switch (command.action) {
      case 'disconnect':
        return (await this.apps.disconnect(userId, command.id)) ? 'disconnected' : 'unknown';
      case 'disconnect_all':
        await this.apps.disconnectAll(userId);
        return 'disconnected_all';
      case 'keep_scopes':
        return this.apps.keepScopes(userId, command.id, command.scopes);
    }
  }
}

/** No consent form has as few parts, so neither token is good for the other. */
function parts({ browser, user }: Visitor): readonly string[] {
  return ['connected-apps', browser, user.userId];
}
