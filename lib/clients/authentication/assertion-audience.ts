import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { isListed } from '../documents/host-pattern.js';
import type { RegisteredClient } from '../registered-client.js';

/** Whom a client may address its assertions to. */
@Injectable()
export class AssertionAudience {
  constructor(
    private readonly urls: PublicUrls,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** CAU-09: the issuer; for document clients of hosts that the operator lists, the token endpoint as well (ADR 9). */
  of({ source, clientId }: RegisteredClient): readonly string[] {
    const { tokenEndpointAudienceHosts: hosts } = this.options.clientDocuments;
    const isOfOld = source === 'document' && isListed(hosts, new URL(clientId).hostname);
    return isOfOld ? [this.urls.issuer, this.urls.endpoint('token')] : [this.urls.issuer];
  }
}
