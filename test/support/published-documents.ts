import type { INestApplication } from '@nestjs/common';
import { DocumentConnector } from '../../lib/clients/documents/document-connector.js';
import type { JsonObject } from '../../lib/protocol/client-metadata-members.js';
import { DocumentServer } from './document-server.js';
import { TestAuthority } from './test-certificates.js';

/** A vendor's web server on this machine, over https, and how an application comes to trust it. */
export class PublishedDocuments {
  private constructor(
    private readonly authority: TestAuthority,
    readonly server: DocumentServer,
  ) {}

  static async start(): Promise<PublishedDocuments> {
    const authority = new TestAuthority();
    return new PublishedDocuments(authority, await DocumentServer.start(authority.issue(['localhost', '127.0.0.1'])));
  }

  get origin(): string {
    return `https://localhost:${this.server.port}`;
  }

  /** Before the application starts: what `NODE_EXTRA_CA_CERTS` does for a process. */
  trustedBy(app: INestApplication): void {
    Object.assign(app.get(DocumentConnector, { strict: false }), { certificates: { ca: this.authority.certificate } });
  }

  serve(documents: Readonly<Record<string, JsonObject>>): void {
    for (const [path, json] of Object.entries(documents)) this.server.serve(path, json);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
