import type { ConnectionOptions } from 'node:tls';
import { resolveClientDocuments } from '../../../../lib/config/client-option-checks.js';
import type { ClientDocumentOptions } from '../../../../lib/config/client-options.js';
import type { ResolvedMcpAuthOptions } from '../../../../lib/config/resolved-options.js';
import { AddressRules } from '../../../../lib/clients/documents/address-rules.js';
import { DocumentConnector } from '../../../../lib/clients/documents/document-connector.js';
import { DocumentHosts } from '../../../../lib/clients/documents/document-hosts.js';
import { DocumentTransport } from '../../../../lib/clients/documents/document-transport.js';
import { NameResolver } from '../../../../lib/clients/documents/name-resolver.js';

export function optionsOf(clientDocuments: ClientDocumentOptions = {}): ResolvedMcpAuthOptions {
  const resolved = {
    clientDocuments: resolveClientDocuments(clientDocuments, undefined),
    allowedRedirectSchemes: ['cursor'],
  };
  return resolved as unknown as ResolvedMcpAuthOptions;
}

/** A name server that knows what it was told. */
export class ToldResolver extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly names: Readonly<Record<string, readonly string[] | Promise<readonly string[]>>>) {
    super();
  }

  override async resolve(name: string): Promise<readonly string[]> {
    this.asked.push(name);
    return this.names[name] ?? [];
  }
}

/** The rules of production, with one address of this machine standing in for a public one. */
export class RulesWithOneException extends AddressRules {
  constructor(private readonly exception: string) {
    super();
  }

  override allows(address: string): boolean {
    return address === this.exception || super.allows(address);
  }
}

/** Trusts the test's own authority, and is otherwise what production has. */
export class TrustingConnector extends DocumentConnector {
  protected override readonly certificates: Pick<ConnectionOptions, 'ca'>;

  constructor(ca: string, ...rest: ConstructorParameters<typeof DocumentConnector>) {
    super(...rest);
    this.certificates = { ca };
  }
}

/** As in production, but with less patience. */
export class HastyTransport extends DocumentTransport {
  protected override readonly deadlineMs: number;

  constructor(deadlineMs: number, connector: DocumentConnector) {
    super(connector);
    this.deadlineMs = deadlineMs;
  }
}

export function hostsOf(options: ClientDocumentOptions = {}, rules = new AddressRules()): DocumentHosts {
  return new DocumentHosts(optionsOf(options), rules);
}
