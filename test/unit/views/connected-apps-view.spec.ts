import { expect, it } from 'vitest';
import { resolveLanguages } from '../../../lib/config/language-checks.js';
import { type ConnectedAppView, connectedAppsContext } from '../../../lib/views/connected-apps-view.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const APP: ConnectedAppView = {
  id: 'connection-1',
  clientId: 'client-1',
  clientName: 'Claude',
  clientUri: undefined,
  verified: true,
  redirectTarget: { kind: 'web', host: 'claude.ai' },
  device: undefined,
  organisationName: undefined,
  resource: 'https://notes.example/mcp',
  scopes: [],
  connectedAt: NOW,
  lastUsedAt: new Date(NOW.getTime() - 7_200_000),
  expiresAt: NOW,
};

it.each([
  ['en', '1,234', '2 hours ago'],
  ['de', '1.234', 'vor 2 Stunden'],
  ['tlh', '1,234', '2 hours ago'],
])('S16 counts apps and tells times in %s, in English where ICU lacks it', (tag, count, used) => {
  const language = resolveLanguages({ de: { texts: {} }, tlh: { texts: {} } }, []).find((known) => known.tag === tag)!;
  const view = {
    apps: Array.from({ length: 1234 }, () => APP),
    more: true,
    accountName: 'ada@example.com',
    resourceName: 'Notes',
    formAction: '/oauth/connected-apps',
    request: undefined,
    csrfToken: 'csrf-1',
    notice: undefined,
    now: NOW,
  };
  const context = connectedAppsContext(view, { brandName: undefined, links: [], style: '', language });
  expect([context.count, context.apps[0]?.used.text]).toEqual([count, used]);
});
