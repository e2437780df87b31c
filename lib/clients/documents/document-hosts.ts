import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { isLoopbackHost } from '../../config/loopback.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { AddressRules } from './address-rules.js';
import { ClientDocumentError, ClientDocumentRefusedError } from './client-document-error.js';
import { isListed } from './host-pattern.js';

/** Where a document is, as far as its URL says. */
export interface DocumentTarget {
  readonly url: URL;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Known without a look-up: an address in the URL, or this machine. */
  readonly addresses?: readonly string[];
}

/** Ends of names that no public server has: RFC 6761, RFC 6762 with its appendix G, RFC 7686, RFC 8375, RFC 9476. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|arpa|onion|invalid|alt)$/;

/** Decides by a document's URL alone whether it may be fetched: before a name is looked up, and before anybody is called. */
@Injectable()
export class DocumentHosts {
  private readonly options: ResolvedMcpAuthOptions['clientDocuments'];

  constructor(
    @Inject(RESOLVED_OPTIONS) { clientDocuments }: ResolvedMcpAuthOptions,
    private readonly rules: AddressRules,
  ) {
    this.options = clientDocuments;
  }

  /** Throws `ClientDocumentRefusedError` for what the operator's lists keep out, `ClientDocumentError` for what nobody may name. */
  judge(text: string): DocumentTarget {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') throw privateHost();
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? 443 : Number(url.port);
    this.assertListed(url.hostname);
    if (this.options.allowLoopback && isLoopbackHost(host)) return { url, host, port, addresses: loopback(host) };
    if (!this.options.allowedPorts.includes(port)) throw refusedHost();
    if (isIP(host) === 0) {
      if (!host.includes('.') || host.endsWith('.') || PRIVATE_NAME.test(host)) throw privateHost();
      return { url, host, port };
    }
    if (!this.rules.allows(host)) throw privateHost();
    return { url, host, port, addresses: [host] };
  }

  private assertListed(hostname: string): void {
    const { allowedHosts, deniedHosts } = this.options;
    if (isListed(deniedHosts, hostname) || (allowedHosts && !isListed(allowedHosts, hostname))) throw refusedHost();
  }
}

function loopback(host: string): readonly string[] {
  return isIP(host) === 0 ? ['127.0.0.1', '::1'] : [host];
}

function refusedHost(): ClientDocumentRefusedError {
  return new ClientDocumentRefusedError({ reason: 'client_document_host_refused' });
}

function privateHost(): ClientDocumentError {
  return new ClientDocumentError({ reason: 'client_document_address_refused' });
}
