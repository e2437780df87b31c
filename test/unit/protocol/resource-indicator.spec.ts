import { describe, expect, it } from 'vitest';
import { canonicalResource, selectResource } from '../../../lib/protocol/resource-indicator.js';
import { refusal, type Refusal } from './refusal.js';

const refused = (reason: string, description: string): Refusal => ({ type: 'InvalidTargetError', reason, description });

const NOT_ABSOLUTE = refused('resource_not_absolute', 'The resource is not an absolute URI');
const FRAGMENT = refused('resource_fragment', 'The resource has a fragment');
const SEVERAL = refused('resource_several', 'Only one resource can be requested');
const UNKNOWN = refused('resource_unknown', 'The resource is not known here');

describe('canonicalResource', () => {
  it.each([
    ['leaves a resource as it is', 'https://app.example/mcp', 'https://app.example/mcp'],
    ['lowers the scheme and the host', 'HTTPS://App.EXAMPLE/Mcp', 'https://app.example/Mcp'],
    ['drops the slash of an origin', 'https://app.example/', 'https://app.example'],
    ['drops the slash of an origin with port', 'https://App.example:8443/', 'https://app.example:8443'],
    ['keeps a trailing slash of a path', 'https://app.example/mcp/', 'https://app.example/mcp/'],
    ['keeps a slash before a query', 'https://app.example/?a=B', 'https://app.example/?a=B'],
    ['keeps a query', 'https://app.example?a=B', 'https://app.example?a=B'],
    ['keeps a default port', 'https://app.example:443/mcp', 'https://app.example:443/mcp'],
    ['keeps percent sequences', 'https://app.example/%6dCp', 'https://app.example/%6dCp'],
    ['keeps dot segments', 'https://app.example/a/../mcp', 'https://app.example/a/../mcp'],
    ['keeps two slashes', 'https://app.example//', 'https://app.example//'],
    ['keeps the case of a user name', 'https://User@App.example/', 'https://User@app.example'],
    ['takes loopback http', 'http://LOCALHOST:3000/mcp', 'http://localhost:3000/mcp'],
    ['takes a URN', 'URN:example:Mcp', 'urn:example:Mcp'],
    ['keeps the slash of a path without host', 'x:/', 'x:/'],
    ['takes another scheme', 'App://Host/Path', 'app://host/Path'],
    ['takes an empty authority of another scheme', 'app:///p', 'app:///p'],
    ['takes a scheme that ends like http', 'xhttps:p', 'xhttps:p'],
    ['takes a scheme that begins like http', 'httpx:p', 'httpx:p'],
    ['takes a bare authority of another scheme', 'app://', 'app://'],
  ])('AUT-18 %s', (_case, value, expected) => {
    expect(canonicalResource(value)).toBe(expected);
  });

  it.each([
    ['a path', '/mcp'],
    ['a host', 'app.example/mcp'],
    ['a scheme-relative URI', '//app.example/mcp'],
    ['nothing', ''],
    ['a scheme only', 'https:'],
    ['another scheme only', 'urn:'],
    ['http without host', 'http://'],
    ['https with one slash', 'https:/app.example'],
    ['https without slashes', 'https:app.example'],
    ['a path instead of a host', 'https:///mcp'],
    ['an impossible port', 'https://app.example:99999/'],
    ['a blank', 'https://app.example/m cp'],
    ['a line break', 'https://app.example/\n'],
    ['a backslash', 'https://app.example\\mcp'],
    ['a letter beyond ASCII', 'https://äpp.example/'],
    ['a fragment only', '#mcp'],
  ])('AUT-17 refuses %s', (_case, value) => {
    expect(refusal(() => canonicalResource(value))).toStrictEqual(NOT_ABSOLUTE);
  });

  it.each(['https://app.example/mcp#part', 'https://app.example/mcp#', 'https://app.example#', 'urn:x#y'])(
    'AUT-17 refuses the fragment of %s',
    (value) => {
      expect(refusal(() => canonicalResource(value))).toStrictEqual(FRAGMENT);
    },
  );
});

describe('selectResource', () => {
  const known = ['https://app.example', 'https://app.example/mcp'];

  it('AUT-18 gives the configured spelling', () => {
    expect(selectResource(['https://app.example/mcp'], known, undefined)).toBe('https://app.example/mcp');
    expect(selectResource(['HTTPS://APP.example/'], known, undefined)).toBe('https://app.example');
    expect(selectResource(['https://app.example'], ['https://App.example/'], undefined)).toBe('https://App.example/');
  });

  it('AUT-19 falls back to the default resource', () => {
    expect(selectResource([], known, 'https://app.example/mcp')).toBe('https://app.example/mcp');
  });

  it('AUT-19 needs a resource where there is no default', () => {
    expect(refusal(() => selectResource([], known, undefined))).toStrictEqual(
      refused('resource_missing', 'The resource parameter is required'),
    );
  });

  it('AUT-19 takes several spellings of one resource as one', () => {
    expect(selectResource(['https://app.example/', 'https://APP.example'], known, undefined)).toBe(
      'https://app.example',
    );
    expect(selectResource(Array<string>(5).fill('https://app.example/mcp'), known, undefined)).toBe(
      'https://app.example/mcp',
    );
  });

  it.each([
    ['two known ones', known],
    ['a known and an unknown one', ['https://app.example/mcp', 'https://evil.example/']],
    ['six times the same', Array<string>(6).fill('https://app.example/mcp')],
  ])('AUT-19 and ABU-02 refuses several: %s', (_case, values) => {
    expect(refusal(() => selectResource(values, known, 'https://app.example'))).toStrictEqual(SEVERAL);
  });

  it.each([
    ['another host', 'https://evil.example/mcp'],
    ['a prefix', 'https://app.example/mc'],
    ['an extension', 'https://app.example/mcp/admin'],
    ['a trailing slash', 'https://app.example/mcp/'],
    ['a longer host', 'https://app.example.evil'],
    ['another case of the path', 'https://app.example/MCP'],
    ['http', 'http://app.example/mcp'],
    ['a default port', 'https://app.example:443/mcp'],
    ['a query', 'https://app.example/mcp?x=1'],
  ])('AUT-17 refuses %s, default or not', (_case, value) => {
    expect(refusal(() => selectResource([value], known, 'https://app.example/mcp'))).toStrictEqual(UNKNOWN);
  });

  it('AUT-17 refuses a malformed resource before anything else', () => {
    expect(refusal(() => selectResource(['https://app.example', 'mcp'], known, undefined))).toStrictEqual(NOT_ABSOLUTE);
    expect(refusal(() => selectResource(['https://app.example#'], known, undefined))).toStrictEqual(FRAGMENT);
    expect(refusal(() => selectResource(['https://app.example'], [], undefined))).toStrictEqual(UNKNOWN);
  });
});
