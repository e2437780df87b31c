import type { INestApplication } from '@nestjs/common';
import { AddressRules } from '../../lib/clients/documents/address-rules.js';
import { DocumentConnector } from '../../lib/clients/documents/document-connector.js';
import { DocumentTransport } from '../../lib/clients/documents/document-transport.js';
import { NameResolver } from '../../lib/clients/documents/name-resolver.js';
import { DocumentServer } from './document-server.js';
import { TestAuthority } from './test-certificates.js';

/** A name's addresses: always the same, or others at every look-up. */
export type Addresses = readonly string[] | ((lookUp: number) => readonly string[]);

/**
 * The internet as an attacker would have it: a server with a certificate for `*.client.example`, and a DNS that says what the attacker likes. One
 * address of this machine stands in for a public one; every other address is judged by the rules of production.
 */
export class HostileWeb {
  readonly names = new Map<string, Addresses>();
  readonly lookUps = new Map<string, number>();

  private constructor(
    readonly address: string,
    readonly authority: TestAuthority,
    readonly server: DocumentServer,
  ) {}

  static async start(address: string): Promise<HostileWeb> {
    const authority = new TestAuthority();
    const certificate = authority.issue(['*.client.example', address]);
    return new HostileWeb(address, authority, await DocumentServer.start(certificate, address));
  }

  /** The URL of a document on the attacker's server, under a name with these addresses. */
  url(path: string, { host = 'a.client.example', addresses = [this.address] as Addresses } = {}): string {
    this.names.set(host, addresses);
    return `https://${host}:${this.server.port}${path}`;
  }

  /**
   * Before the application starts. What is bent: who answers questions about names, one more authority, one address, and how long a fetch may
   * take. What decides stays as it is.
   */
  reachableFrom(app: INestApplication, deadlineMs: number): void {
    const { address } = this;
    Object.assign(app.get(NameResolver, { strict: false }), { resolve: async (name: string) => this.lookUp(name) });
    Object.assign(app.get(DocumentConnector, { strict: false }), { certificates: { ca: this.authority.certificate } });
    this.givesUpAfter(app, deadlineMs);
    const rules = app.get(AddressRules, { strict: false });
    const ofProduction = rules.allows.bind(rules);
    Object.assign(rules, { allows: (asked: string) => asked === address || ofProduction(asked) });
  }

  givesUpAfter(app: INestApplication, deadlineMs: number): void {
    Object.assign(app.get(DocumentTransport, { strict: false }), { deadlineMs });
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private lookUp(name: string): readonly string[] {
    const count = (this.lookUps.get(name) ?? 0) + 1;
    this.lookUps.set(name, count);
    const addresses = this.names.get(name) ?? [];
    return typeof addresses === 'function' ? addresses(count) : addresses;
  }
}
