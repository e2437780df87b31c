import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveLanguages } from '../../../lib/config/language-checks.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView, decoded } from './consent-fixture.js';

const form = `<form method="post" action="{{formAction}}">
<input type="hidden" name="request" value="{{request}}"><input type="hidden" name="csrf_token" value="{{csrfToken}}">
<button name="approved" value="false">No</button><button name="approved" value="true">Yes</button></form>`;

const LINKS = [{ label: 'Privacy', url: '/privacy' }];
const PAGE_HEADERS = new ViewRenderer().headers;
const render = (consentTemplate: string, change = {}) =>
  decoded(
    new ViewRenderer({ branding: { name: 'Brand' }, links: LINKS, consentTemplate }).consent(consentView(change)),
  );
const refusal = (consentTemplate: string) => () => new ViewRenderer({ consentTemplate });

describe('a custom consent template', () => {
  it.each([
    ['clientName', '{{clientName}}', 'Claude'],
    [
      'requestedScopes',
      '{{#each requestedScopes}}{{name}}|{{title}}|{{description}}|{{required}}|{{checked}};{{/each}}',
      'mcp:read|Read your notes|See the notes of your organisation.|true|true;mcp:write|Write notes|Create and change notes in your name.|false|true;mcp:admin|Administer||false|false;',
    ],
    ['requiredScopes', '{{#each requiredScopes}}{{name}};{{/each}}', 'mcp:read;'],
    ['optionalScopes', '{{#each optionalScopes}}{{name}};{{/each}}', 'mcp:write;mcp:admin;'],
    [
      'authorizationParams',
      '{{#each authorizationParams}}{{@key}}={{this}};{{/each}}',
      'client_id=client-1;redirect_uri=https://claude.ai/api/mcp/auth_callback;scope=mcp:read mcp:write;state=state-1;',
    ],
    ['one of the authorizationParams', '{{authorizationParams.client_id}}', 'client-1'],
    ['redirectTarget', '{{redirectTarget.kind}}', 'web'],
    ['redirectHost', '{{redirectHost}}', 'claude.ai'],
    ['redirectScheme', '[{{redirectScheme}}]', '[]'],
    ['redirectIsLoopback', '{{redirectIsLoopback}}', 'false'],
    ['redirectElsewhere', '{{redirectElsewhere}}', 'false'],
    ['cautious', '{{cautious}}', 'false'],
    ['verified', '{{verified}}', 'true'],
    ['clientUri', '[{{clientUri}}]', '[]'],
    ['clientUriHost', '[{{clientUriHost}}]', '[]'],
    ['clientIdHost', '[{{clientIdHost}}]', '[]'],
    ['monograms', '{{clientMonogram}}{{resourceMonogram}}', 'CB'],
    ['resource', '{{resource}}', 'https://notes.example/mcp'],
    ['resourceLabel', '{{resourceLabel}}', 'notes.example/mcp'],
    ['resourceName', '{{resourceName}}', 'Notes'],
    ['accountName', '{{accountName}}', 'ada@example.com'],
    ['organisationName', '{{organisationName}}', 'analytical'],
    ['brandName', '{{brandName}}', 'Brand'],
    ['links', '{{#each links}}{{label}}{{url}}{{/each}}', 'Privacy/privacy'],
    ['language', '{{language.tag}} {{language.direction}}', 'en ltr'],
    ['a text', '{{text "consent.allow"}}', 'Allow'],
    ['a text with a value', '{{text "consent.identifiedBy" host=clientName}}', 'identified by <bdi>Claude</bdi>'],
    ['a text without markup', '{{plainText "consent.identifiedBy" host=clientName}}', 'identified by Claude'],
    ['redirectLink', '[{{redirectLink}}]', '[]'],
    ['duration', '{{duration}}', 'Until 30 days without use, 1 year at most'],
    ['title', '{{title}}', 'Connect Claude to Notes'],
    ['formAction, request and csrfToken', '{{formAction}} {{request}} {{csrfToken}}', '/oauth/approve handle-1 csrf-1'],
  ])('S16 gets the variable %s', (_name, expression, expected) => {
    expect(render(`<p>${expression}</p>${form}`)).toContain(`<p>${expected}</p>`);
  });

  it('S16 replaces the whole page', () => {
    expect(render(form).startsWith('<form method="post" action="/oauth/approve">')).toBe(true);
  });

  it('S16 may stand in the frame of the library, indented too', () => {
    const consentTemplate = `  {{#> page}}\n  ${form}\n  {{/page}}`;
    const html = new ViewRenderer({ consentTemplate }).consent(consentView());
    expect(html).toContain('<title>Connect Claude to Notes</title>');
    expect(new ViewRenderer({ consentTemplate }).consentHeaders).toEqual(PAGE_HEADERS);
  });

  it('CON-11 is escaped and cleaned like the built-in page', () => {
    const clientName = '<script>\u202e';
    const html = new ViewRenderer({ consentTemplate: `<p>{{clientName}}</p>${form}` }).consent(
      consentView({ clientName }),
    );
    expect(html).toContain('<p>&lt;script&gt;</p>');
  });

  it('CON-11 cannot reach the prototype of its variables', () => {
    expect(
      render(`<p>[{{constructor}}{{authorizationParams.__proto__.toString}}{{lookup this "constructor"}}]</p>${form}`),
    ).toContain('<p>[]</p>');
  });

  it('CON-09 may bring its own styles, which its headers allow by their hash and no others', () => {
    const styles = ['h1{color:red}', '\n  p > b { margin: 0 }\n'];
    const headers = new ViewRenderer({
      consentTemplate: `<style>${styles[0]}</style><style media="screen">${styles[1]}</style>${form}`,
    }).consentHeaders;
    const hashes = styles.map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(headers['content-security-policy']).toContain(`style-src ${hashes.join(' ')};`);
    expect({ ...headers, 'content-security-policy': '' }).toEqual({ ...PAGE_HEADERS, 'content-security-policy': '' });
  });

  it('CON-09 hashes a style with Windows line endings as the browser will see it', () => {
    const policyOf = (style: string) =>
      new ViewRenderer({ consentTemplate: `<style>${style}</style>${form}` }).consentHeaders['content-security-policy'];
    expect(policyOf('h1 {\r\n  color: red;\r\n}')).toBe(policyOf('h1 {\n  color: red;\n}'));
  });

  it('CON-09 without any style allows none', () => {
    expect(new ViewRenderer({ consentTemplate: form }).consentHeaders['content-security-policy']).toContain(
      "style-src 'none';",
    );
  });
});

describe('a custom consent template that could not work stops the boot', () => {
  it.each([
    ['an open block', `{{#if verified}}${form}`, /cannot be used: Parse error/],
    ['a stray brace', `{{clientName}${form}`, /cannot be used: Parse error/],
    ['an unknown helper', `{{shout clientName}}${form}`, /cannot be used: .*unknown helper shout/],
    [
      'an unknown partial',
      `${form}\n{{> footer}}`,
      /cannot be used: unknown partial in line 4: there are page and style/,
    ],
    ['an unknown frame', `{{#> layout}}${form}{{/layout}}`, /unknown partial in line 1/],
    ['a partial chosen at run time', `{{> (lookup this "clientName")}}${form}`, /unknown partial in line 1/],
    ['three braces', `<p>{{{clientName}}}</p>${form}`, /unescaped output in line 1: use two braces/],
    ['an ampersand', `<p>{{&clientName}}</p>${form}`, /unescaped output in line 1/],
    [
      'three braces deep in a block',
      `${form}{{#each requestedScopes}}{{#if required}}{{{title}}}{{/if}}{{/each}}`,
      /unescaped output/,
    ],
    ['no form action', form.replace('{{formAction}}', '/x'), /lacks a form with action="\{\{formAction\}\}"/],
    ['no request', form.replace('{{request}}', ''), /lacks a field `request`/],
    ['no CSRF token', form.replace('{{csrfToken}}', ''), /lacks a field `csrf_token`/],
    ['a form for some requests only', `{{#unless verified}}${form}{{/unless}}`, /lacks a form with action/],
    ['a form for web pages only', `{{#if redirectHost}}${form}{{/if}}`, /lacks a form with action/],
    ['no decision', form.replaceAll('name="approved"', ''), /lacks submit buttons with name="approved"/],
    [
      'a style that depends on the request',
      `<style>p::before{content:"{{redirectTarget.kind}}"}</style>${form}`,
      /depends on the request/,
    ],
    ['an empty template', '', /^The consent template cannot be used: it lacks a form/],
    ['a helper used wrongly', `{{#each}}{{/each}}${form}`, /cannot be used: Must pass iterator to #each/],
  ])('S16 %s', (_case, template, message) => {
    expect(refusal(template)).toThrow(TypeError);
    expect(refusal(template)).toThrow(message);
  });

  it.each(['p{direction:{{language.direction}};}', 'p::before{content:"{{plainText "consent.allow"}}"}'])(
    'CON-09 a style that depends on the language: %s',
    (style) => {
      const languages = resolveLanguages({ he: { texts: { consent: { allow: 'אישור' } } } }, []);
      const consentTemplate = `<style>${style}</style>${form}`;
      expect(() => new ViewRenderer({ languages, consentTemplate })).toThrow(/depends on the request or its language/);
      expect(() => new ViewRenderer({ languages, consentTemplate: `{{language.direction}}${form}` })).not.toThrow();
    },
  );
});
