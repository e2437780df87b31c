import { describe, expect, it } from 'vitest';
import { calledTools } from '../../../lib/protocol/called-tools.js';

const call = (name: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

describe('calledTools', () => {
  it.each<readonly [string, unknown, readonly string[]]>([
    ['a call', call('a'), ['a']],
    ['a notification', { method: 'tools/call', params: { name: 'a' } }, ['a']],
    ['a batch', [call('a'), { method: 'ping' }, call('b')], ['a', 'b']],
    ['a name twice', [call('a'), call('a')], ['a']],
    ['names of the prototype', [call('__proto__'), call('constructor')], ['__proto__', 'constructor']],
    ['an empty name', call(''), ['']],
  ])('RSG-07 finds the tools of %s', (_case, body, tools) => {
    expect(calledTools(body)).toEqual(tools);
  });

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'tools/call'],
    ['an empty batch', []],
    ['a batch in a batch', [[call('a')]]],
    ['another method', { ...call('a'), method: 'tools/list' }],
    ['a method that is no text', { ...call('a'), method: ['tools/call'] }],
    ['a name that is no text', call(['a'])],
    ['params that are no object', { ...call('a'), params: 'name' }],
    ['no params', { method: 'tools/call' }],
  ])('finds none in %s', (_case, body) => {
    expect(calledTools(body)).toEqual([]);
  });
});
