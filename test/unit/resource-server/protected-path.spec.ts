import { describe, expect, it } from 'vitest';
import { isAtOrBelow } from '../../../lib/resource-server/protected-path.js';
import { disguises } from '../../support/disguises.js';

describe('isAtOrBelow', () => {
  it.each(['/mcp', '/api/v1/mcp', '/MCP', '/kit', '/a'])('RSG-01 sees %s in every disguise', (base) => {
    const missed = disguises(base)
      .map((target) => target.replace(/^[a-z]+:\/\/[^/]+/i, '').replace(/\?.*$/, ''))
      .filter((path) => !isAtOrBelow(path, base));
    expect(missed).toEqual([]);
  });

  it.each([
    ['/mcp', '/mcp'],
    ['/mcp', '/MCP'],
    ['/mcp/', '/mcp'],
    // A route pattern may leave the slash out.
    ['mcp', '/mcp'],
    ['/mcp/tools/list', '/mcp'],
    ['//mcp', '/mcp'],
    ['///mcp', '/mcp'],
    ['/a//mcp', '/a/mcp'],
    ['\\mcp', '/mcp'],
    ['/\\mcp', '/mcp'],
    ['/mcp\\x', '/mcp'],
    ['/%6dcp', '/mcp'],
    ['/%6D%63%70', '/mcp'],
    ['/%256dcp', '/mcp'],
    ['/%2fmcp', '/mcp'],
    ['/%5cmcp', '/mcp'],
    ['/./mcp', '/mcp'],
    ['/a/../mcp', '/mcp'],
    ['/../mcp', '/mcp'],
    ['/a/b/../../mcp/x', '/mcp'],
    ['/%2e%2e/mcp', '/mcp'],
    ['/mcp;v=1', '/mcp'],
    ['/mcp;v=1/x', '/mcp'],
    ['/a;x/mcp', '/a/mcp'],
    ['/;x/mcp', '/mcp'],
    ['/mcp#x', '/mcp'],
    ['/mcp%3fx', '/mcp'],
    ['/mcp%23x', '/mcp'],
    ['/mcp%3b%0ax', '/mcp'],
    ['/mcp%20', '/mcp'],
    ['/%20mcp', '/mcp'],
    ['/mcp/%zz', '/mcp'],
    // What a router that ignores case makes of the sign for kelvin.
    ['/%E2%84%AAit', '/kit'],
    // Both in one: the plain reading is inside even where the resolved one is not.
    ['/mcp/../other', '/mcp'],
  ])('RSG-01 finds %s at or below %s', (path, base) => {
    expect(isAtOrBelow(path, base)).toBe(true);
  });

  it.each([
    ['/', '/mcp'],
    ['', '/mcp'],
    ['/mc', '/mcp'],
    ['/mcpx', '/mcp'],
    ['/mcp-x', '/mcp'],
    ['/mcp.json', '/mcp'],
    ['/x/mcp', '/mcp'],
    ['/x%2fmcp', '/mcp'],
    ['/api', '/api/mcp'],
    ['/api/other', '/api/mcp'],
    ['/m cp', '/mcp'],
    ['/%25256dcp', '/mcp'],
    ['/other?x=/mcp', '/mcp'],
    ['/other;/mcp', '/mcp'],
    ['/mcp%00', '/mcp'],
  ])('leaves %j outside %s', (path, base) => {
    expect(isAtOrBelow(path, base)).toBe(false);
  });
});
