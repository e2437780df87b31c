import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import type { EntityTarget, FindOptionsWhere } from 'typeorm';
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
    const alive = { expiresAt: MoreThan(now) };
    const unused = { ...alive, consumedAt: IsNull(), grant: { revokedAt: IsNull() } };
    return {
      clients: await this.countBy(ClientEntity, {}),
      authorizedClients: await this.countBy(ClientEntity, { authorizedAt: Not(IsNull()) }),
      pendingAuthorizations: await this.countBy(PendingAuthorizationEntity, { ...alive, decidedAt: IsNull() }),
      livingGrants: await this.countBy(GrantEntity, { ...alive, revokedAt: IsNull() }),
      revokedGrants: await this.countBy(GrantEntity, { revokedAt: Not(IsNull()) }),
      unredeemedCodes: await this.countBy(AuthorizationCodeEntity, unused),
      livingRefreshTokens: await this.countBy(RefreshTokenEntity, unused),
      revocations: await this.countBy(RevocationEntity, alive),
    };
  }

  /** One at a time, with requests in between: on SQLite a count of very many rows blocks the whole process. */
  private async countBy<Row extends object>(entity: EntityTarget<Row>, where: FindOptionsWhere<Row>): Promise<number> {
    await nextTurn();
    return this.dataSource.manager.countBy(entity, where);
  }
}
