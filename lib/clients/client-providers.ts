import type { Provider } from '@nestjs/common';
import { AssertionAudience } from './authentication/assertion-audience.js';
import { ClientAssertionVerifier } from './authentication/client-assertion.verifier.js';
import { ClientAuthenticator } from './authentication/client-authenticator.js';
import { ClientApproval } from './client-approval.js';
import { ClientKeys } from './client-keys.js';
import { ClientPolicy } from './client-policy.js';
import { ClientRegistrar } from './client-registrar.js';
import { ClientResolver } from './client-resolver.js';
import { ConfiguredClientSource } from './configured-client.source.js';
import { AddressRules } from './documents/address-rules.js';
import { ClientDocumentSource } from './documents/client-document.source.js';
import { ClientDocuments } from './documents/client-documents.js';
import { DocumentConnector } from './documents/document-connector.js';
import { DocumentFetcher } from './documents/document-fetcher.js';
import { DocumentHosts } from './documents/document-hosts.js';
import { DocumentTransport } from './documents/document-transport.js';
import { FetchLimits } from './documents/fetch-limits.js';
import { NamedDocuments } from './documents/named-documents.js';
import { NameResolver } from './documents/name-resolver.js';
import { McpClientService } from './mcp-client.service.js';
import { KeySetFetcher } from './key-set-fetcher.js';
import { RemoteKeys } from './remote-keys.js';
import { StoredClientSource } from './stored-client.source.js';

const DOCUMENTS: readonly Provider[] = [
  AddressRules,
  NameResolver,
  DocumentHosts,
  DocumentConnector,
  DocumentTransport,
  FetchLimits,
  DocumentFetcher,
  ClientDocuments,
  NamedDocuments,
  ClientDocumentSource,
];

const AUTHENTICATION: readonly Provider[] = [
  { provide: KeySetFetcher, useExisting: DocumentFetcher },
  RemoteKeys,
  ClientKeys,
  AssertionAudience,
  ClientAssertionVerifier,
  ClientAuthenticator,
];

/** Everything about clients: where they come from, what they may, and how they prove who they are. */
export const CLIENT_PROVIDERS: readonly Provider[] = [
  ConfiguredClientSource,
  StoredClientSource,
  ClientResolver,
  ClientApproval,
  ClientPolicy,
  ClientRegistrar,
  McpClientService,
  ...DOCUMENTS,
  ...AUTHENTICATION,
];
