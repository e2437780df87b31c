import { describe, expect, it } from 'vitest';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';

describe('ViewRenderer', () => {
  it('S16 renders the error page', () => {
    expect(new ViewRenderer().error({ title: 'A', message: 'B', correlationId: 'c' })).toContain('<h1>A</h1>');
  });
});
