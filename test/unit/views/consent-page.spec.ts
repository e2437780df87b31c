import { describe, expect, it } from 'vitest';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import type { ConsentView } from '../../../lib/views/view-renderer.js';
import { ADMIN, READ, WRITE, consentView, decoded, tags, visibleText } from './consent-fixture.js';

const views = new ViewRenderer();
const page = (change: Partial<ConsentView> = {}) => views.consent(consentView(change));
const text = (change: Partial<ConsentView> = {}) => visibleText(page(change));

describe('the form of the consent page', () => {
  it('CON-01 posts the request, the CSRF token and the decision to the given address, and nothing else', () => {
    const html = page();
    expect(tags(html, 'form')).toEqual(['<form method="post" action="/oauth/approve" autocomplete="off">']);
    expect(tags(html, 'input').filter((tag) => tag.includes('hidden'))).toEqual([
      '<input type="hidden" name="request" value="handle-1">',
      '<input type="hidden" name="csrf_token" value="csrf-1">',
    ]);
  });

  it('CON-01 denies with the first submit button, which is the one Enter presses', () => {
    expect(tags(page(), 'button')).toEqual([
      '<button class="button" type="submit" name="approved" value="false">',
      '<button class="button button-primary button-approve" type="submit" name="approved" value="true">',
    ]);
  });

  it('S16 has a check box for each optional permission, labelled and described, and none for a required one', () => {
    expect(tags(page(), 'input').filter((tag) => tag.includes('checkbox'))).toEqual([
      '<input type="checkbox" name="scopes" value="mcp:write" checked aria-labelledby="scope-0" aria-describedby="scope-0-text">',
      '<input type="checkbox" name="scopes" value="mcp:admin" aria-labelledby="scope-1">',
    ]);
    expect(page()).toContain('<b id="scope-0">Write notes</b>');
    expect(page()).toContain('<small id="scope-0-text">Create and change notes in your name.</small>');
    expect(text()).toContain('Always part of a connection Read your notes See the notes of your organisation.');
  });

  it.each([
    ['only required ones', [READ], 'Your choice'],
    ['only optional ones', [WRITE, ADMIN], 'Always part of a connection'],
    ['none at all', [], 'What it may do'],
  ])('S16 has no empty group for %s', (_case, requestedScopes, absent) => {
    expect(text({ requestedScopes })).not.toContain(absent);
  });

  it('S16 says so when no permission is asked for', () => {
    expect(text({ requestedScopes: [] })).toContain('It asks for no particular permission.');
  });

  it('CON-01 keeps the bytes of handle, token and scope names through the escaping', () => {
    const bytes = `a+/=="'<&>\``;
    const html = page({ request: bytes, csrfToken: bytes, requestedScopes: [{ ...WRITE, name: bytes }] });
    const values = tags(html, 'input').map((tag) => decoded(/value="([^"]*)"/.exec(tag)?.[1] ?? ''));
    expect(values).toEqual([bytes, bytes, bytes]);
  });
});

describe('what the consent page says', () => {
  it('CON-02 CON-03 names client, server, account, organisation and the host of the answer', () => {
    expect(text()).toContain('Claude wants to connect to Notes');
    expect(text()).toContain('Your account ada@example.com Organisation analytical');
    expect(text()).toContain('MCP server notes.example/mcp Answer goes to claude.ai');
    expect(page()).toContain('<title>Connect Claude to Notes</title>');
  });

  it('CON-03 shows the scheme of a server that is not https', () => {
    expect(text({ resource: 'http://localhost:3000/mcp' })).toContain('MCP server http://localhost:3000/mcp');
  });

  it('S16 leaves out an organisation that is absent', () => {
    const { organisationName: _gone, ...view } = consentView();
    expect(visibleText(views.consent(view))).not.toContain('Organisation');
  });

  it.each<[string, ConsentView['redirectTarget'], string]>([
    ['a host', { kind: 'web', host: 'clаude.ai:444' }, 'Answer goes to xn--clude-5ve.ai:444'],
    ['this computer', { kind: 'loopback' }, 'Answer goes to A program on this computer'],
    ['an app', { kind: 'private-use', scheme: 'cursor' }, 'Answer goes to The app for cursor:// links on this device'],
  ])('CON-02 tells where the answer goes: %s', (_case, redirectTarget, expected) => {
    expect(text({ redirectTarget })).toContain(expected);
  });

  it('CON-03 shows the host of a client that is a document', () => {
    const authorizationParams = { client_id: 'https://claude.ai/oauth/client.json' };
    expect(text({ authorizationParams })).toContain('Verified host identified by claude.ai');
  });

  it.each(['client-1', 'http://claude.ai/client.json', 'https://claude.ai@evil.example/x'])(
    'CON-03 takes no host from the client id %s',
    (client_id) => {
      expect(text({ authorizationParams: { client_id } })).not.toContain('identified by');
    },
  );

  it('CON-11 links a website over https, without referrer and opener', () => {
    expect(tags(page({ clientUri: 'https://claude.ai/' }), 'a').map(decoded)).toEqual([
      '<a href="https://claude.ai/" rel="noreferrer noopener">',
    ]);
  });

  it.each(['http://claude.ai/', 'javascript:alert(1)', 'https://a@b.example/', 'no url'])(
    'CON-11 does not link the website %s',
    (clientUri) => {
      expect(tags(page({ clientUri }), 'a')).toEqual([]);
    },
  );

  it('S16 says how to take the permission back where that can be done, and nothing elsewhere', () => {
    expect(text()).not.toMatch(/revoke|disconnect|any time|settings|take this back/i);
    const connectedAppsUrl = '/oauth/connected-apps';
    expect(text({ connectedAppsUrl })).toContain('You can take this back at any time: your connected apps');
    expect(tags(page({ connectedAppsUrl }), 'a')).toContain('<a href="/oauth/connected-apps">');
  });

  it('S16 offers another account where there is a way', () => {
    expect(text()).not.toContain('Use another account');
    expect(text({ otherAccountUrl: '/x' })).toContain('ada@example.com Use another account');
    expect(tags(page({ otherAccountUrl: '/x?a&b' }), 'a').map(decoded)).toEqual(['<a class="aside" href="/x?a&b">']);
  });

  describe('about the organisation', () => {
    const choice = (...organisations: { id: string; name: string; chosen: boolean }[]) => ({
      organisationChoice: { formAction: '/choose', csrfToken: 'csrf-2', organisations },
    });
    const [a, b] = [
      { id: 'a', name: 'Engines', chosen: true },
      { id: 'b', name: 'Compilers', chosen: false },
    ];

    it('S16 offers nothing where there is no choice', () => {
      expect(text()).not.toContain('Use another organisation');
      expect(tags(page(), 'form')).toHaveLength(1);
    });

    it('S16 CON-01 offers all but the chosen one as buttons of a form of its own, outside the form that approves', () => {
      const html = page(choice(a, b));
      expect(tags(html, 'form').map(decoded)).toEqual([
        '<form method="post" action="/oauth/approve" autocomplete="off">',
        '<form id="organisation" method="post" action="/choose" autocomplete="off" hidden>',
      ]);
      expect(tags(html, 'button')).toEqual([
        '<button class="button" type="submit" form="organisation" name="organisation" value="b">',
        expect.stringContaining('name="approved" value="false"'),
        expect.stringContaining('name="approved" value="true"'),
      ]);
      expect(text(choice(a, b))).toContain('Organisation Engines Use another organisation Compilers');
    });

    it('S16 says None for who acts for none yet', () => {
      expect(text(choice(b))).toContain('Organisation None Use another organisation Compilers');
    });

    it('CON-11 cleans names and tells those of one look apart', () => {
      const shown = text(choice(a, { ...b, name: '\u202eEngines' }, { id: 'c', name: '<i>', chosen: false }));
      expect(shown).toContain('Organisation Engines (a) Use another organisation Engines (b) <i>');
    });
  });
});

describe('the warnings of the consent page', () => {
  const question = 'Did you just start this yourself?';

  it('CON-04 warns of nothing for a verified client on the web', () => {
    expect(text()).toContain('Verified');
    expect(text()).not.toContain(question);
  });

  it('CON-04 warns that nobody has checked an unverified client', () => {
    const shown = text({ verified: false });
    expect(shown).toContain('Unverified');
    expect(shown).toContain(`${question} Nobody has checked who is behind this name. If you did not, choose Deny.`);
  });

  it.each([true, false])('CON-04 warns of a listener on this computer, verified: %s', (verified) => {
    const shown = text({ verified, redirectTarget: { kind: 'loopback' } });
    expect(shown).toContain('The answer goes to a program on this computer. Be sure it is the one you started.');
    expect(shown.includes('Nobody has checked')).toBe(!verified);
  });

  it('CON-04 warns of an app scheme', () => {
    const shown = text({ redirectTarget: { kind: 'private-use', scheme: 'cursor' } });
    expect(shown).toContain('The answer goes to whichever app opens cursor:// links on this device.');
  });

  it.each([
    ['another host', 'https://claude.ai/', 'evil.example', true],
    ['a host that only ends alike', 'https://claude.ai/', 'notclaude.ai', true],
    ['a host that only begins alike', 'https://claude.ai/', 'claude.ai.evil.example', true],
    ['a host the website only ends like', 'https://notclaude.ai/', 'claude.ai', true],
    ['the same host', 'https://claude.ai/', 'claude.ai', false],
    ['the same host on another port', 'https://claude.ai/', 'claude.ai:8443', false],
    ['a host below', 'https://claude.ai/', 'api.claude.ai', false],
    ['a host above', 'https://www.claude.ai/', 'claude.ai', false],
  ])('REG-16 compares the website with %s', (_case, clientUri, host, warned) => {
    const shown = text({ verified: false, clientUri, redirectTarget: { kind: 'web', host } });
    expect(shown.includes(`goes to ${host} , which is not the website it names`)).toBe(warned);
    expect(shown).toContain('says its website is');
  });
});

describe('a client that is known by its document', () => {
  const authorizationParams = { client_id: 'https://app.claude.ai/client.json' };
  const ask = (host: string, change: Partial<ConsentView> = {}) =>
    text({ authorizationParams, redirectTarget: { kind: 'web', host }, ...change });
  const warning = 'which is not the host it is identified by';

  it.each(['app.claude.ai', 'claude.ai', 'x.app.claude.ai'])('CON-03 is trusted with answers to %s', (host) => {
    expect(ask(host)).not.toContain(warning);
    expect(ask(host)).not.toContain('Did you just start this yourself?');
  });

  it.each(['evil.example', 'notapp.claude.ai.example', 'other.claude.ai'])(
    'CON-04 calls for caution when the answer goes to %s',
    (host) => {
      expect(ask(host)).toContain(`Did you just start this yourself? The answer goes to ${host} , ${warning}.`);
      expect(ask(host)).not.toContain('Nobody has checked');
    },
  );

  it('CON-03 is measured by its host, whatever website it names', () => {
    const clientUri = 'https://evil.example/';
    expect(ask('evil.example', { clientUri })).toContain(warning);
    expect(ask('app.claude.ai', { clientUri })).not.toContain('evil.example');
  });

  it('CON-04 calls for caution when the answer goes to a program on this computer', () => {
    expect(text({ authorizationParams, redirectTarget: { kind: 'loopback' } })).toContain('Be sure it is the one');
  });
});

describe('hostile text on the consent page', () => {
  const hostile = `</title></style><script>alert(1)</script><img src=x onerror=alert(1)> "'\`= \u202e\u0000\u2066x`;
  const html = page({
    clientName: hostile,
    accountName: hostile,
    organisationName: hostile,
    resourceName: hostile,
    resource: `https://notes.example/${hostile}`,
    clientUri: `https://claude.ai/${hostile}`,
    formAction: hostile,
    request: hostile,
    csrfToken: hostile,
    redirectTarget: { kind: 'private-use', scheme: hostile },
    authorizationParams: { client_id: hostile, redirect_uri: hostile, scope: hostile, __proto__x: hostile },
    requestedScopes: [
      { name: hostile, title: hostile, description: hostile, required: true, checked: true, given: false },
      { name: hostile, title: hostile, description: hostile, required: false, checked: true, given: false },
    ],
  });

  it('CON-11 adds no element and no attribute', () => {
    const plain = page({
      clientUri: 'https://claude.ai/',
      redirectTarget: { kind: 'private-use', scheme: 'x' },
      requestedScopes: [READ, WRITE],
    });
    const shape = (source: string) => source.match(/<\/?[a-z][a-z0-9]*/g);
    expect(shape(html)).toEqual(shape(plain));
    expect(html).not.toMatch(/<[^>]*\sonerror=/);
  });

  it('CON-11 keeps no bidi or control character in what is shown', () => {
    const shown = html.replace(/<(?:input|form)[^>]*>/g, '');
    for (const absent of ['\u202e', '\u2066', '\u0000']) expect(shown).not.toContain(absent);
  });

  it.each([
    ['a name of a megabyte', 'x'.repeat(1_000_000), `${'x'.repeat(79)}…`],
    ['a name nobody can see', '\u200b\u3164\u202e', 'An app without a name'],
    ['an empty name', '', 'An app without a name'],
  ])('CON-11 bounds %s', (_case, clientName, expected) => {
    const shown = page({ clientName });
    expect(shown).toContain(`<h1><bdi>${expected}</bdi> wants to connect`);
    expect(shown.length).toBeLessThan(20_000);
  });
});
