import { changeCredential, closeWindow, outliveRetired, revokeAnswer, useSuccessor, type Arrange } from '../arrange.js';
import { pair, withExtra, withoutParameter, withParameter } from '../draft.js';
import { type Fault, unchanged } from '../fault.js';
import { atToken } from '../token-fault.js';

const at = (name: string, reason: string, spoil: Fault['spoil'], arrange?: Arrange, ends?: string): Fault =>
  atToken(['refresh again'], name, reason, 'invalid_grant', spoil, arrange, ends === undefined ? {} : { ends });

/** One answer was stored, and the key to it changed or the text did. */
const loseAnswer: Arrange = (valid, world) =>
  changeCredential({
    replay_answer: world.random.pick([null, '', 'x', '.', world.random.word(200), 'A'.repeat(400), '{}']),
  })(valid, world);

export const REFRESH_AGAIN_FAULTS: readonly Fault[] = [
  at('after the window', 'refresh_token_reused', unchanged, closeWindow, 'refresh_token_reused'),
  at('after its lifetime', 'refresh_token_reused', unchanged, outliveRetired, 'refresh_token_reused'),
  at(
    'after the window, for something else',
    'refresh_token_reused',
    ({ draft }) => withParameter(draft, 'scope', 'mcp:read'),
    closeWindow,
    'refresh_token_reused',
  ),
  at('for another scope', 'refresh_token_replay_differs', ({ draft }, { random }) =>
    random.pick([
      withParameter(
        draft,
        'scope',
        random.pick(['mcp:read', 'mcp:write mcp:read', 'mcp:read mcp:write offline_access']),
      ),
      withoutParameter(draft, 'scope'),
    ]),
  ),
  at('for the resource said otherwise', 'refresh_token_replay_differs', ({ draft }, { random, resource }) =>
    random.pick([withoutParameter(draft, 'resource'), withExtra(draft, pair('resource', resource))]),
  ),
  at('once the successor was used', 'refresh_token_successor_used', unchanged, useSuccessor),
  at('once its access token was revoked', 'refresh_token_replay_revoked', unchanged, revokeAnswer),
  at('once the successor is gone', 'refresh_token_successor_used', unchanged, changeCredential({ successor_id: null })),
  at('when the answer cannot be read', 'refresh_token_replay_unreadable', unchanged, loseAnswer),
];
