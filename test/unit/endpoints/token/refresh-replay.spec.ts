import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Presented } from '../../../../lib/endpoints/token/refresh-replay.js';
import { hashToken } from '../../../../lib/protocol/opaque-token.js';
import { RefreshTokenEntity } from '../../../../lib/storage/entities/refresh-token.entity.js';
import { NOW } from '../../../support/storage-rows.js';
import {
  approve,
  forgetGrant,
  type Given,
  type GrantRow,
  refusalOf,
  registered,
  RESOURCE,
  useFrozenStorage,
} from '../../tokens/fixture.js';
import { form, issueRefreshToken, tokenEndpoint } from './fixture.js';

const [OLD, NEW] = ['old-secret-of-at-least-32-characters', 'new-secret-of-at-least-32-characters'];

describe('RefreshReplay', () => {
  const storage = useFrozenStorage();
  let grant: GrantRow;
  beforeEach(async () => {
    grant = await approve(storage);
  });

  /** A refresh token as it is presented. */
  const presented = async (parameters = {}): Promise<Presented> => {
    const token = await issueRefreshToken(storage, grant.id);
    const row = (await storage.refreshTokens.findByHash(hashToken(token)))!;
    return { row, token, clientId: 'a-client', form: form({ refresh_token: token, ...parameters }) };
  };
  /** A refresh token that was used once, the instance that saw it, and the answer it gave. */
  const retired = async (given: Given = {}, parameters = {}) => {
    const parts = tokenEndpoint(storage, given);
    const first = await presented(parameters);
    const answer = await parts.refresh.handle(registered(), first.form);
    const row = (await storage.refreshTokens.findByHash(first.row.tokenHash))!;
    return { parts, first, answer, row };
  };
  const change = (id: string, columns: Partial<Omit<RefreshTokenEntity, 'grant'>>) =>
    storage.dataSource.manager.update(RefreshTokenEntity, { id }, columns);
  const refused = (reason: string) => ({
    type: 'InvalidGrantError',
    reason,
    description: 'The refresh token is not valid',
  });
  const end = async () => (await storage.grants.findById(grant.id))?.revokedReason;

  describe('what a rotation leaves behind', () => {
    const rotation = async (given: Given = {}, parameters = {}) => {
      const parts = tokenEndpoint(storage, given);
      const first = await presented(parameters);
      const prepared = await parts.tokens.prepare(registered(), grant, ['mcp:read']);
      return { parts, first, prepared, rotation: parts.replay.rotation(first, prepared) };
    };

    it('RFT-04 STO-06 is the answer, encrypted for this token and client, and until when it may be given', async () => {
      const { parts, first, prepared, rotation: left } = await rotation({ refresh: { replayWindowSeconds: 7 } });
      expect(left).toEqual({
        now: NOW,
        successorId: prepared.refreshTokenId,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        answer: expect.any(String),
        replayUntil: NOW + 7000,
      });
      const context = { rowId: first.row.id, token: first.token, clientId: 'a-client' };
      expect(parts.cipher.decrypt(left.answer ?? '', context)).toBe(JSON.stringify(prepared.response));
    });

    it('STO-06 is no answer where there is no window', async () => {
      const { rotation: left } = await rotation({ refresh: { replayWindowSeconds: 0 } });
      expect([left.answer, left.replayUntil]).toEqual([null, null]);
    });

    it('RFT-04 tells the requests of one token apart by scope and resource, and by nothing else', async () => {
      const fingerprint = async (parameters: object) => (await rotation({}, parameters)).rotation.fingerprint;
      const different = [
        {},
        { scope: 'mcp:read' },
        { scope: 'mcp:read mcp:write' },
        { resource: RESOURCE },
        { resource: [RESOURCE, RESOURCE] },
        { scope: 'mcp:read', resource: RESOURCE },
      ];
      const fingerprints = await Promise.all(different.map(fingerprint));
      expect(new Set(fingerprints).size).toBe(different.length);
      expect(await fingerprint({ scope: '', resource: '', client_secret: 'x' })).toBe(fingerprints[0]);
    });
  });

  describe('endReused', () => {
    it('lets a token through that was never used, however old', async () => {
      const { replay, clock } = tokenEndpoint(storage);
      clock.advance(400 * 86_400);
      await replay.endReused((await presented()).row);
      expect(await end()).toBeNull();
    });

    it('RFT-03 RFT-04 lets a retired one through for the window, and then ends its family', async () => {
      const { parts, row } = await retired({ refresh: { replayWindowSeconds: 7 } });
      parts.clock.advance(6.999);
      await parts.replay.endReused(row);
      expect(await end()).toBeNull();
      parts.clock.advance(0.001);
      expect(await refusalOf(parts.replay.endReused(row))).toEqual(refused('refresh_token_reused'));
      expect(await end()).toBe('refresh_token_reused');
    });
  });

  describe('answer', () => {
    it('RFT-04 gives the first answer to the same request, as often as it comes', async () => {
      const { parts, first, answer } = await retired({}, { scope: 'mcp:read', resource: RESOURCE });
      for (let time = 0; time < 3; time++) expect(await parts.replay.answer(first)).toEqual(answer);
    });

    it('RFT-04 gives it on another instance, and after the secret was rotated', async () => {
      const { first, answer } = await retired({ oauthSecret: OLD });
      const other = tokenEndpoint(storage, { oauthSecret: [NEW, OLD] });
      expect(await other.replay.answer(first)).toEqual(answer);
    });

    it('RFT-04 refuses a request that asks for something else, and ends nothing', async () => {
      const { parts, first } = await retired();
      const other = { ...first, form: form({ refresh_token: first.token, scope: 'mcp:read' }) };
      expect(await refusalOf(parts.replay.answer(other))).toEqual(refused('refresh_token_replay_differs'));
      expect(await end()).toBeNull();
    });

    it('RFT-03 ends the family after the window, whatever is asked for', async () => {
      const { parts, first } = await retired();
      parts.clock.advance(30);
      const other = { ...first, form: form({ refresh_token: first.token, scope: 'mcp:read' }) };
      expect(await refusalOf(parts.replay.answer(other))).toEqual(refused('refresh_token_reused'));
      expect(await end()).toBe('refresh_token_reused');
    });

    it('refuses a token that has been deleted, and one that was not retired after all', async () => {
      const { parts, first } = await retired();
      expect(await refusalOf(parts.replay.answer(await presented()))).toEqual(refused('refresh_token_unknown'));
      await storage.dataSource.manager.delete(RefreshTokenEntity, { id: first.row.id });
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_unknown'));
    });

    it('RFT-04 refuses once the successor was used, was deleted, or is not known', async () => {
      const { parts, first, row } = await retired();
      const successor = row.successorId ?? '';
      await change(successor, { consumedAt: NOW });
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_successor_used'));
      await storage.dataSource.manager.delete(RefreshTokenEntity, { id: successor });
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_successor_used'));
      await change(row.id, { successorId: null });
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_successor_used'));
    });

    it('REV-05 refuses once the access token in the answer was revoked', async () => {
      const { parts, first, answer } = await retired();
      const { tokenId, expiresAt } = await parts.verifier.verify(answer.access_token, RESOURCE);
      await parts.revoker.endAccessToken(tokenId, expiresAt);
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_replay_revoked'));
    });

    it('REV-05 refuses when the grant ended this moment on another instance, or was deleted', async () => {
      const { parts, first, answer } = await retired();
      expect(await parts.replay.answer(first)).toEqual(answer);
      await tokenEndpoint(storage).revoker.endGrant(grant.id, 'revoked_by_client');
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_replay_revoked'));
      await forgetGrant(storage, grant.id);
      expect(await refusalOf(parts.replay.answer(first))).toEqual(refused('refresh_token_replay_revoked'));
    });

    it('RSG-13 decides nothing while revocations cannot be looked up', async () => {
      const { first } = await retired();
      vi.spyOn(storage.revocations, 'listAmong').mockRejectedValueOnce(new Error('down'));
      const asked = tokenEndpoint(storage).replay.answer(first);
      await expect(asked).rejects.toThrow('down');
    });

    it('STO-06 refuses where the answer was erased, is for another client, or needs a secret that is gone', async () => {
      const { parts, first, row } = await retired({ oauthSecret: OLD });
      const unreadable = refused('refresh_token_replay_unreadable');
      expect(await refusalOf(parts.replay.answer({ ...first, clientId: 'other' }))).toEqual(unreadable);
      const newcomer = tokenEndpoint(storage, { oauthSecret: NEW });
      expect(await refusalOf(newcomer.replay.answer(first))).toEqual(unreadable);
      await change(row.id, { replayAnswer: null });
      expect(await refusalOf(parts.replay.answer(first))).toEqual(unreadable);
    });
  });
});
