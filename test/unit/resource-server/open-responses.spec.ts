import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PublicUrls } from '../../../lib/config/public-urls.js';
import { InvalidTokenError } from '../../../lib/protocol/oauth-errors.js';
import type { McpPrincipal } from '../../../lib/resource-server/mcp-principal.js';
import { OpenResponses } from '../../../lib/resource-server/open-responses.js';

const RESOURCE = 'https://app.example/mcp';

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
  const verify = vi.fn<(token: string, resource: string) => Promise<unknown>>();
  let now: number;
  let watcher: OpenResponses;
  const watch = (open: object, token = 'token', expiresAt = 3600) =>
    watcher.watch(open as ServerResponse, { token, expiresAt } as McpPrincipal);

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    verify.mockReset().mockResolvedValue({});
    const urls = { resource: RESOURCE } as PublicUrls;
    watcher = new OpenResponses({ verify: verify as never }, urls, { now: () => now });
  });
  afterEach(() => vi.useRealTimers());

  it('REV-05 ends a response once its token does not verify any more, and leaves others open', async () => {
    const [revoked, living] = [response(), response()];
    watch(revoked, 'revoked');
    watch(living, 'living');
    verify.mockImplementation(async (token) => {
      if (token === 'revoked') throw new InvalidTokenError('no', { reason: 'token_revoked' });
    });
    await vi.advanceTimersByTimeAsync(500);
    expect([revoked.destroyed, living.destroyed]).toEqual([true, false]);
    expect(verify.mock.calls).toEqual([
      ['revoked', RESOURCE],
      ['living', RESOURCE],
    ]);
  });

  it('RSG-03 ends a response in the second its token expires, without asking', async () => {
    const open = response();
    watch(open, 'token', 60);
    now = 59_999;
    await vi.advanceTimersByTimeAsync(500);
    expect([open.destroyed, verify.mock.calls.length]).toEqual([false, 1]);
    now = 60_000;
    await vi.advanceTimersByTimeAsync(500);
    expect([open.destroyed, verify.mock.calls.length]).toEqual([true, 1]);
  });

  it('lets a call that was under way when its token expired finish, but not when it is revoked', async () => {
    const [call, revoked] = [response(false, 'application/json'), response(false, 'application/json')];
    watch(call, 'token', 60);
    watch(revoked, 'revoked', 3600);
    now = 60_000;
    await vi.advanceTimersByTimeAsync(500);
    expect([call.destroyed, revoked.destroyed]).toEqual([false, false]);
    verify.mockRejectedValue(new InvalidTokenError('no', { reason: 'token_revoked' }));
    await vi.advanceTimersByTimeAsync(500);
    expect([call.destroyed, revoked.destroyed]).toEqual([false, true]);
  });

  it('begins no sweep while one is under way', async () => {
    let together = 0;
    let most = 0;
    verify.mockImplementation(async () => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      together--;
    });
    for (let count = 0; count < 3; count++) watch(response());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(most).toBe(1);
  });

  it('RSG-13 takes an outage for no verdict', async () => {
    const open = response();
    watch(open);
    verify.mockRejectedValue(new Error('down'));
    await vi.advanceTimersByTimeAsync(2000);
    expect([open.destroyed, verify.mock.calls.length]).toEqual([false, 4]);
  });

  it('keeps no timer once nothing is open, and begins again with the next response', async () => {
    const first = response();
    watch(first);
    expect(vi.getTimerCount()).toBe(1);
    first.emit('close');
    await vi.advanceTimersByTimeAsync(500);
    expect([vi.getTimerCount(), verify.mock.calls.length]).toEqual([0, 0]);
    watch(response());
    await vi.advanceTimersByTimeAsync(500);
    expect([vi.getTimerCount(), verify.mock.calls.length]).toEqual([1, 1]);
  });

  it('watches a response once, and none that has already ended', async () => {
    const open = response();
    watch(open);
    watch(open);
    watch(response(true));
    expect(open.listenerCount('close')).toBe(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('stops with the application', () => {
    watch(response());
    watcher.onApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });
});
