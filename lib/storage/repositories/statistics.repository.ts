import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import { AuthorizationCodeEntity } from '../entities/authorization-code.entity.js';
import { ClientEntity } from '../entities/client.entity.js';
import { GrantEntity } from '../entities/grant.entity.js';
import { PendingAuthorizationEntity } from '../entities/pending-authorization.entity.js';
import { RefreshTokenEntity } from '../entities/refresh-token.entity.js';
import { RevocationEntity } from '../entities/revocation.entity.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';

/** How much of what there is. */
export interface McpAuthStatistics {
  readonly clients: number;
  /** Clients that some user has approved at least once. */
  readonly authorizedClients: number;
  readonly pendingAuthorizations: number;
  readonly livingGrants: number;
  readonly revokedGrants: number;
  readonly unredeemedCodes: number;
  readonly livingRefreshTokens: number;
  readonly revocations: number;
}

@Injectable()
export class StatisticsRepository {
  constructor(@Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource) {}

  async count(now: number): Promise<McpAuthStatistics> {
    const { manager } = this.dataSource;
    const alive = { expiresAt: MoreThan(now) };
    const ofLivingGrant = { grant: { revokedAt: IsNull() } };
    return {
      clients: await manager.count(ClientEntity),
      authorizedClients: await manager.countBy(ClientEntity, { authorizedAt: Not(IsNull()) }),
      pendingAuthorizations: await manager.countBy(PendingAuthorizationEntity, { ...alive, decidedAt: IsNull() }),
      livingGrants: await manager.countBy(GrantEntity, { ...alive, revokedAt: IsNull() }),
      revokedGrants: await manager.countBy(GrantEntity, { revokedAt: Not(IsNull()) }),
      unredeemedCodes: await manager.countBy(AuthorizationCodeEntity, {
        ...alive,
        ...ofLivingGrant,
        consumedAt: IsNull(),
      }),
      livingRefreshTokens: await manager.countBy(RefreshTokenEntity, {
        ...alive,
        ...ofLivingGrant,
        consumedAt: IsNull(),
      }),
      revocations: await manager.countBy(RevocationEntity, alive),
    };
  }
}
