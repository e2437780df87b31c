import { AuthorizationCodeEntity } from './entities/authorization-code.entity.js';
import { ClientEntity } from './entities/client.entity.js';
import { GrantEntity } from './entities/grant.entity.js';
import { PendingAuthorizationEntity } from './entities/pending-authorization.entity.js';
import { RefreshTokenEntity } from './entities/refresh-token.entity.js';
import { RevocationEntity } from './entities/revocation.entity.js';
import { UsedAssertionEntity } from './entities/used-assertion.entity.js';

/** The library's entities. A host without `autoLoadEntities` spreads them into the `entities` of its DataSource. */
export const mcpAuthEntities = [
  ClientEntity,
  PendingAuthorizationEntity,
  GrantEntity,
  AuthorizationCodeEntity,
  RefreshTokenEntity,
  RevocationEntity,
  UsedAssertionEntity,
];
