import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { type ReplayContext, ReplayCipher } from '../../keys/replay-cipher.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { refreshTokenRefused } from '../../protocol/redeemable.js';
import type { TokenResponse } from '../../protocol/token-response.js';
import type { RefreshTokenEntity } from '../../storage/entities/refresh-token.entity.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import { RefreshTokenRepository, type Rotation } from '../../storage/repositories/refresh-token.repository.js';
import { RevocationRepository } from '../../storage/repositories/revocation.repository.js';
import { GrantRevoker } from '../../tokens/grant-revoker.js';
import type { PreparedTokens } from '../../tokens/token-issuer.js';

/** A retired refresh token as it was presented again. */
export interface Presented {
  readonly row: RefreshTokenEntity;
  readonly token: string;
  readonly clientId: string;
  readonly form: FormParameters;
}

/**
 * The second life of a retired refresh token (decision D6). Clients refresh in parallel and lose answers: for a short while the same request
 * gets the same answer, never another branch. After that, whoever presents it has it from somewhere it should not be.
 */
@Injectable()
export class RefreshReplay {
  constructor(
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly grants: GrantRepository,
    private readonly revocations: RevocationRepository,
    private readonly cipher: ReplayCipher,
    private readonly revoker: GrantRevoker,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** What a rotation leaves behind, so that it can be answered again. */
  rotation(
    { row, token, clientId, form }: Presented,
    prepared: PreparedTokens & { readonly refreshTokenId: string },
  ): Rotation {
    const windowMs = this.options.refresh.replayWindowSeconds * 1000;
    const answer = JSON.stringify(prepared.response);
    return {
      now: prepared.now,
      successorId: prepared.refreshTokenId,
      fingerprint: fingerprint(form),
      answer: windowMs === 0 ? null : this.cipher.encrypt(answer, contextOf(row, token, clientId)),
      replayUntil: windowMs === 0 ? null : prepared.now + windowMs,
    };
  }

  /** The window opens when the rotation is written: whatever a request waited for before that is not the client's fault. */
  fromNow(rotation: Rotation): Rotation {
    const now = this.clock.now();
    return {
      ...rotation,
      now,
      replayUntil: rotation.replayUntil && now + this.options.refresh.replayWindowSeconds * 1000,
    };
  }

  /** Ends the family of a token that was retired longer ago than the window, and refuses; anything else is let through. */
  async endReused({ consumedAt, grantId }: RefreshTokenEntity, arrivedAt = this.clock.now()): Promise<void> {
    if (consumedAt === null) return;
    if (arrivedAt < consumedAt + this.options.refresh.replayWindowSeconds * 1000) return;
    await this.revoker.endGrant(grantId, 'refresh_token_reused');
    throw refreshTokenRefused('refresh_token_reused');
  }

  /**
   * The first answer once more, or a refusal. Reads the row anew: a racer that lost finds there what the winner has just committed.
   * Outside the window the whole family ends.
   * @param arrivedAt when the request came, in milliseconds: those that came together are not told apart by how long their answers took
   */
  async answer(presented: Presented, arrivedAt = this.clock.now()): Promise<TokenResponse> {
    const row = await this.refreshTokens.findByHash(presented.row.tokenHash);
    if (!row || row.consumedAt === null) throw refreshTokenRefused('refresh_token_unknown');
    await this.endReused(row, arrivedAt);
    if (row.replayFingerprint !== fingerprint(presented.form))
      throw refreshTokenRefused('refresh_token_replay_differs');
    const successor = row.successorId === null ? null : await this.refreshTokens.findById(row.successorId);
    if (!successor || successor.consumedAt !== null) throw refreshTokenRefused('refresh_token_successor_used');
    // Never after revocation: neither of the grant, which may have ended this very moment, nor of the access token in the answer.
    if (await this.isRevoked(successor)) throw refreshTokenRefused('refresh_token_replay_revoked');
    return this.open(row, presented);
  }

  private async isRevoked({ accessTokenId, grantId }: RefreshTokenEntity): Promise<boolean> {
    const grant = await this.grants.findById(grantId);
    if (!grant || grant.revokedAt !== null) return true;
    // The table, not this instance's list of it: tokens that are given here could not be taken back in the same second.
    return (await this.revocations.listAmong([accessTokenId])).length > 0;
  }

  private open(row: RefreshTokenEntity, { token, clientId }: Presented): TokenResponse {
    const answer =
      row.replayAnswer === null ? undefined : this.cipher.decrypt(row.replayAnswer, contextOf(row, token, clientId));
    if (answer === undefined) throw refreshTokenRefused('refresh_token_replay_unreadable');
    return JSON.parse(answer) as TokenResponse;
  }
}

function contextOf({ id }: RefreshTokenEntity, token: string, clientId: string): ReplayContext {
  return { rowId: id, token, clientId };
}

/** What was asked for, apart from the token: only the same request gets the same answer. */
function fingerprint(form: FormParameters): string {
  const asked = [form.get('scope') ?? null, form.getAll('resource')];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
