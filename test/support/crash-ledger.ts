import { AuthorizationCodeEntity } from '../../lib/storage/entities/authorization-code.entity.js';
import { GrantEntity } from '../../lib/storage/entities/grant.entity.js';
import { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import { RevocationEntity } from '../../lib/storage/entities/revocation.entity.js';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import type { TestDatabase } from './databases.js';
import { openDataSource } from './open-data-source.js';

/** A grant with everything that hangs on it. */
interface Chain {
  readonly grant: GrantEntity;
  readonly codes: readonly AuthorizationCodeEntity[];
  readonly tokens: readonly RefreshTokenEntity[];
  readonly isListed: boolean;
}

/** What the database says of all grants, read past the server. */
export class Ledger {
  private constructor(readonly chains: readonly Chain[]) {}

  /** Opens and closes: the recovery after a crash is left to the server that comes back. */
  static async read(database: TestDatabase): Promise<Ledger> {
    const source = await openDataSource(database);
    try {
      const codes = await source.manager.find(AuthorizationCodeEntity);
      const tokens = await source.manager.find(RefreshTokenEntity);
      const listed = new Set((await source.manager.find(RevocationEntity)).map(({ targetId }) => targetId));
      const chains = (await source.manager.find(GrantEntity)).map((grant) => ({
        grant,
        codes: codes.filter(({ grantId }) => grantId === grant.id),
        tokens: tokens.filter(({ grantId }) => grantId === grant.id),
        isListed: listed.has(grant.id),
      }));
      return new Ledger(chains);
    } finally {
      await source.destroy();
    }
  }

  /** Everything that a half-written transaction or a second living head would leave behind. */
  faults(): string[] {
    return this.chains.flatMap((chain) => faultsOf(chain).map((fault) => `grant ${chain.grant.id}: ${fault}`));
  }

  ended(): readonly GrantEntity[] {
    return this.chains.map(({ grant }) => grant).filter(({ revokedAt }) => revokedAt !== null);
  }

  ofCode(code: string): Chain {
    return this.one(({ codes }) => codes.some(({ codeHash }) => codeHash === hashToken(code)));
  }

  ofToken(refreshToken: string): Chain {
    return this.one(({ tokens }) => tokens.some(({ tokenHash }) => tokenHash === hashToken(refreshToken)));
  }

  private one(belongs: (chain: Chain) => boolean): Chain {
    const chain = this.chains.find(belongs);
    if (!chain) throw new Error('No grant knows of it');
    return chain;
  }
}

/** Hashes of the tokens of a chain that can still be used. */
export function headsOf({ tokens }: Chain): string[] {
  return tokens.filter(({ consumedAt }) => consumedAt === null).map(({ tokenHash }) => tokenHash);
}

function faultsOf(chain: Chain): string[] {
  const { grant, codes, tokens, isListed } = chain;
  const isRedeemed = codes.some(({ consumedAt }) => consumedAt !== null);
  const heads = headsOf(chain).length;
  const faults: string[] = [];
  if (codes.length !== 1) faults.push(`${codes.length} codes`);
  if (heads !== (isRedeemed ? 1 : 0)) faults.push(`${heads} heads, its code ${isRedeemed ? 'used' : 'unused'}`);
  if (isListed !== (grant.revokedAt !== null)) faults.push('ended for some and not for others');
  if (isRedeemed && grant.lastUsedAt !== Math.max(...tokens.map(({ createdAt }) => createdAt)))
    faults.push('not used when its newest token was issued');
  return [...faults, ...rowFaults(tokens), ...lineFaults(tokens)];
}

function rowFaults(tokens: readonly RefreshTokenEntity[]): string[] {
  const halfRetired = tokens.filter((token) => {
    const marks = [token.successorId, token.replayFingerprint, token.replayAnswer, token.replayUntil];
    return marks.some((mark) => (mark === null) !== (token.consumedAt === null));
  });
  return halfRetired.map(({ id }) => `refresh token ${id} is half retired`);
}

/** From the first token, each one's successor, must come by all of them once. */
function lineFaults(tokens: readonly RefreshTokenEntity[]): string[] {
  const byId = new Map(tokens.map((token) => [token.id, token]));
  const successors = new Set(tokens.map(({ successorId }) => successorId));
  const [first, ...others] = tokens.filter(({ id }) => !successors.has(id));
  if (tokens.length === 0) return [];
  if (!first || others.length > 0) return [`${others.length + (first ? 1 : 0)} first refresh tokens`];
  let seen = 0;
  let current: RefreshTokenEntity | undefined = first;
  while (current && seen <= tokens.length) {
    seen++;
    const next: string | null = current.successorId;
    if (next !== null && !byId.has(next)) return [`refresh token ${current.id} has a successor that is not there`];
    current = next === null ? undefined : byId.get(next);
  }
  return seen === tokens.length ? [] : [`${seen} of ${tokens.length} refresh tokens in line`];
}
