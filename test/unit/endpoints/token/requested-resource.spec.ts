import { describe, expect, it } from 'vitest';
import { assertWithinGrant } from '../../../../lib/endpoints/token/requested-resource.js';
import { refusal } from '../../protocol/refusal.js';
import { ORIGIN, RESOURCE } from '../../tokens/fixture.js';
import { form } from './fixture.js';

const OTHER = `${ORIGIN}/other`;

describe('assertWithinGrant', () => {
  it.each([
    ['nothing', undefined],
    ['the granted resource', RESOURCE],
    ['the granted resource twice', [RESOURCE, RESOURCE]],
    ['the granted resource in capitals where they do not matter', RESOURCE.replace(ORIGIN, 'HTTPS://APP.EXAMPLE')],
  ])('RFT-07 TOK-09 lets a request name %s', (_what, resource) => {
    expect(() => assertWithinGrant(form({ resource }), RESOURCE, RESOURCE)).not.toThrow();
  });

  it.each([
    ['another resource', OTHER, 'resource_unknown'],
    ['the granted one and another', [RESOURCE, OTHER], 'resource_several'],
    ['what is no resource', 'mcp', 'resource_not_absolute'],
  ])('RFT-07 TOK-09 refuses %s', (_what, resource, reason) => {
    const refused = refusal(() => assertWithinGrant(form({ resource }), RESOURCE, RESOURCE));
    expect([refused.type, refused.reason]).toEqual(['InvalidTargetError', reason]);
  });

  it.each([
    ['nothing', undefined],
    ['the granted resource', OTHER],
  ])('RFT-07 refuses a grant for what is not served any more, when the request names %s', (_what, resource) => {
    expect(refusal(() => assertWithinGrant(form({ resource }), OTHER, RESOURCE))).toEqual({
      type: 'InvalidTargetError',
      reason: 'resource_outside_grant',
      description: 'The resource is outside the grant',
    });
  });

  it('RFT-07 refuses the served resource where another one was granted', () => {
    const refused = refusal(() => assertWithinGrant(form({ resource: RESOURCE }), OTHER, RESOURCE));
    expect([refused.type, refused.reason]).toEqual(['InvalidTargetError', 'resource_unknown']);
  });
});
