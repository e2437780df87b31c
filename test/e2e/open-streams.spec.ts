import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintAccessToken } from '../../lib/testing/index.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { openStream, StreamController } from '../support/stream-controller.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('an event stream on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [StreamController] });
  });
  afterAll(() => host.close());

  const open = (token: string) => openStream(host.origin, token);
  const within = (ended: Promise<number>, ms: number) =>
    Promise.race([ended.then(() => 'ended'), new Promise<string>((resolve) => setTimeout(() => resolve('open'), ms))]);

  it('REV-05 is ended when its grant is revoked, and another one stays open', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client, access_token, refresh_token } = await walk.tokens();
    const other = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const [revoked, living] = [await open(access_token), await open(other.accessToken)];
    const form = new URLSearchParams({ client_id: client.client_id, token: refresh_token });
    await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body: form });
    expect(await within(revoked.ended, 5000)).toBe('ended');
    expect(await within(living.ended, 1200)).toBe('open');
    living.leave();
  });

  it('RSG-03 is ended when its token expires', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read', lifetimeSeconds: 60 });
    const stream = await open(accessToken);
    expect(await within(stream.ended, 1200)).toBe('open');
    host.clock.advance(60);
    expect(await within(stream.ended, 5000)).toBe('ended');
  });
});
