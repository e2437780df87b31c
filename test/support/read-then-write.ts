import { AuthorizationCodeEntity } from '../../lib/storage/entities/authorization-code.entity.js';
import { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import { AuthorizationCodeRepository } from '../../lib/storage/repositories/authorization-code.repository.js';
import { RefreshTokenRepository } from '../../lib/storage/repositories/refresh-token.repository.js';
import type { Transaction } from '../../lib/storage/transaction-runner.js';

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
}
