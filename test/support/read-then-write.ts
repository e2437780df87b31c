import { randomUUID } from 'node:crypto';
import { AuthorizationCodeEntity } from '../../lib/storage/entities/authorization-code.entity.js';
import { UsedAssertionEntity } from '../../lib/storage/entities/used-assertion.entity.js';
import { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import { AuthorizationCodeRepository } from '../../lib/storage/repositories/authorization-code.repository.js';
import { RefreshTokenRepository } from '../../lib/storage/repositories/refresh-token.repository.js';
import { UsedAssertionRepository } from '../../lib/storage/repositories/used-assertion.repository.js';
import type { Transaction } from '../../lib/storage/transaction-runner.js';
import { untilAssertionsMeet } from './meet-at-assertions.js';

/**
 * The classic fault, for this whole process: what was read before decides, and the write asks nothing. A race that does not notice it
 * proves nothing.
 */
export function useReadThenWrite(): void {
  AuthorizationCodeRepository.prototype.consume = async (id: string, now: number, tx: Transaction) => {
    await tx.update(AuthorizationCodeEntity, { id }, { consumedAt: now });
    return true;
  };
  RefreshTokenRepository.prototype.rotate = async (id, { now, successorId, fingerprint, answer, replayUntil }, tx) => {
    const rotated = { consumedAt: now, successorId, replayFingerprint: fingerprint, replayAnswer: answer, replayUntil };
    await tx.update(RefreshTokenEntity, { id }, rotated);
    return true;
  };
  UsedAssertionRepository.prototype.use = async function (assertionHash, expiresAt) {
    const read = (tx: Transaction) => tx.existsBy(UsedAssertionEntity, { assertionHash });
    const used = await this['transactions'].runStatement(read);
    await untilAssertionsMeet();
    if (used) return false;
    const row = { id: randomUUID(), assertionHash, expiresAt };
    await this['transactions'].runStatement((tx) =>
      tx.createQueryBuilder().insert().into(UsedAssertionEntity).values(row).orIgnore().execute(),
    );
    return true;
  };
}
