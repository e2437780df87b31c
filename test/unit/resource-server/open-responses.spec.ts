import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessTokenVerifier } from '../../../lib/protocol/access-token-verifier.js';
import type { McpPrincipal } from '../../../lib/resource-server/mcp-principal.js';
import { OpenResponses } from '../../../lib/resource-server/open-responses.js';

function response(ended = false, type = 'text/event-stream') {
  const events = new EventEmitter() as EventEmitter & {
    writableEnded: boolean;
    destroyed: boolean;
    destroy(): void;
    getHeader(name: string): unknown;
  };
  events.getHeader = (name) => (name === 'content-type' ? type : undefined);
  events.writableEnded = ended;
  events.destroyed = false;
  events.destroy = () => {
    events.destroyed = true;
    events.emit('close');
  };
  return events;
}

describe('OpenResponses', () => {
  const revokedAmong = vi.fn<(tokens: readonly { tokenId: string }[]) => Promise<ReadonlySet<string>>>();
  /** Up to when the verifier knows revocations; it learns by being asked. */
  let knownAt: number;
  let watcher: OpenResponses;
  const watch = (open: object, tokenId = 'token', expiresAt = 3600) =>
    watcher.watch(open as ServerResponse, { tokenId, expiresAt } as McpPrincipal);
  const asked = () => revokedAmong.mock.calls.map(([tokens]) => tokens.map(({ tokenId }) => tokenId));

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    knownAt = 0;
    revokedAmong.mockReset().mockImplementation(async () => {
      knownAt = Date.now();
      return new Set();
    });
    const verifier = { revokedAmong, knownAt: () => knownAt } as unknown as AccessTokenVerifier;
    watcher = new OpenResponses(verifier, { now: () => Date.now() });
  });
  afterEach(() => vi.useRealTimers());

  it('REV-05 ends a response once its token is revoked, leaves others open, and asks once for all of them', async () => {
    const [revoked, living] = [response(), response()];
    watch(revoked, 'revoked');
    watch(living, 'living');
    revokedAmong.mockResolvedValue(new Set(['revoked']));
    await vi.advanceTimersByTimeAsync(1000);
    expect([revoked.destroyed, living.destroyed]).toEqual([true, false]);
    expect(asked()).toEqual([['revoked', 'living']]);
  });

  it('REV-05 asks as soon as what is known is a second old, however lately the response was opened', async () => {
    await vi.advanceTimersByTimeAsync(900);
    const open = response();
    watch(open);
    await vi.advanceTimersByTimeAsync(99);
    expect(asked()).toEqual([]);
    revokedAmong.mockResolvedValue(new Set(['token']));
    await vi.advanceTimersByTimeAsync(1);
    expect(open.destroyed).toBe(true);
  });

  it('asks later when requests have brought the news meanwhile, and each response in its own time', async () => {
    watch(response(), 'early');
    await vi.advanceTimersByTimeAsync(400);
    knownAt = 400;
    watch(response(), 'late');
    await vi.advanceTimersByTimeAsync(600);
    expect(asked()).toEqual([['early']]);
    await vi.advanceTimersByTimeAsync(400);
    expect(asked()).toEqual([['early'], ['late']]);
  });

  it('RSG-03 ends a stream when its token expires, without asking', async () => {
    const open = response();
    watch(open, 'token', 1.5);
    await vi.advanceTimersByTimeAsync(1499);
    expect([open.destroyed, asked().length]).toEqual([false, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([open.destroyed, asked().length]).toEqual([true, 1]);
  });

  it('lets a call that was under way when its token expired finish, but not when it is revoked', async () => {
    const [call, revoked] = [response(false, 'application/json'), response(false, 'application/json')];
    watch(call, 'call', 60);
    watch(revoked, 'revoked', 60);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([call.destroyed, revoked.destroyed]).toEqual([false, false]);
    revokedAmong.mockResolvedValue(new Set(['revoked']));
    await vi.advanceTimersByTimeAsync(1000);
    expect([call.destroyed, revoked.destroyed]).toEqual([false, true]);
  });

  it('begins no sweep while one is under way', async () => {
    let together = 0;
    let most = 0;
    revokedAmong.mockImplementation(async () => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      together--;
      return new Set();
    });
    for (let count = 0; count < 3; count++) watch(response());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(most).toBe(1);
  });

  it('RSG-13 takes an outage for no verdict, and asks once a second', async () => {
    const open = response();
    watch(open);
    revokedAmong.mockRejectedValue(new Error('down'));
    await vi.advanceTimersByTimeAsync(4000);
    expect([open.destroyed, asked().length]).toEqual([false, 4]);
    revokedAmong.mockResolvedValue(new Set(['token']));
    await vi.advanceTimersByTimeAsync(1000);
    expect(open.destroyed).toBe(true);
  });

  it('RSG-13 asks once a second, too, where an outage is bridged with what is known', async () => {
    watch(response());
    revokedAmong.mockResolvedValue(new Set());
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked()).toHaveLength(4);
  });

  it('REV-05 looks at once when the clock was set back, not only after it has caught up', async () => {
    const open = response();
    watch(open);
    vi.setSystemTime(-600_000);
    revokedAmong.mockResolvedValue(new Set(['token']));
    await vi.advanceTimersByTimeAsync(1000);
    expect(open.destroyed).toBe(true);
  });

  it('keeps no timer once nothing is open, and begins again with the next response', async () => {
    const first = response();
    watch(first);
    expect(vi.getTimerCount()).toBe(1);
    first.emit('close');
    await vi.advanceTimersByTimeAsync(1000);
    expect([vi.getTimerCount(), asked().length]).toEqual([0, 0]);
    watch(response());
    await vi.advanceTimersByTimeAsync(1);
    expect([vi.getTimerCount(), asked().length]).toEqual([1, 1]);
  });

  it('watches a response once, and none that has already ended', async () => {
    const open = response();
    watch(open);
    watch(open);
    watch(response(true));
    const gone = response();
    gone.destroy();
    watch(gone, 'gone');
    expect(open.listenerCount('close')).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked()).toEqual([['token']]);
  });

  it('stops with the application', () => {
    watch(response());
    watcher.onApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });
});
