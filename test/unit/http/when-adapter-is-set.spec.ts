import type { AbstractHttpAdapter } from '@nestjs/core';
import { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { whenAdapterIsSet } from '../../../lib/http/when-adapter-is-set.js';

const adapter = { getType: () => 'express' } as unknown as AbstractHttpAdapter;

describe('whenAdapterIsSet', () => {
  it('runs at once where there is an adapter', () => {
    const host = new HttpAdapterHost();
    host.httpAdapter = adapter;
    const seen: unknown[] = [];
    whenAdapterIsSet(host, (given) => seen.push(given));
    expect(seen).toEqual([adapter]);
  });

  it('waits for one that comes later', () => {
    const host = new HttpAdapterHost();
    const seen: unknown[] = [];
    whenAdapterIsSet(host, (given) => seen.push(given));
    expect(seen).toEqual([]);
    host.httpAdapter = adapter;
    expect(seen).toEqual([adapter]);
  });

  it('never runs for an application context, which announces no adapter', () => {
    const host = new HttpAdapterHost();
    const seen: unknown[] = [];
    whenAdapterIsSet(host, (given) => seen.push(given));
    host.httpAdapter = null as unknown as AbstractHttpAdapter;
    expect(seen).toEqual([]);
  });
});
