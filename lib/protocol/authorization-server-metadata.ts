/** Absolute URLs of the endpoints that are switched on. */
export interface EndpointUrls {
  readonly authorization: string;
  readonly token: string;
  readonly registration?: string;
  readonly revocation?: string;
  readonly introspection?: string;
  readonly userinfo?: string;
  readonly jwks: string;
}

/** What the metadata of the authorization server is made from. */
export interface AuthorizationServerMetadataInput {
  readonly issuer: string;
  readonly endpoints: EndpointUrls;
  readonly scopes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethods: readonly string[];
  /** Algorithms of client assertions. */
  readonly assertionAlgorithms: readonly string[];
  /** URL of documentation for developers. */
  readonly documentation?: string;
  readonly clientIdMetadataDocuments: boolean;
  /** Languages of the pages (BCP 47). */
  readonly uiLocales?: readonly string[];
}

/** Leaves out what a client must not find in the document: `null`, `undefined` and empty lists (RFC 8414 §3.2). */
export function metadataDocument(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** How clients authenticate at an endpoint, and how they sign: the algorithms say something only beside the method they belong to (DSC-08). */
function authentication(
  endpoint: string,
  methods: readonly string[],
  p: AuthorizationServerMetadataInput,
): Record<string, unknown> {
  return {
    [`${endpoint}_endpoint_auth_methods_supported`]: methods,
    [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: methods.includes('private_key_jwt')
      ? p.assertionAlgorithms
      : undefined,
  };
}

/** Only a client that proves who it is may introspect, so `none` is not on that list. */
function introspectionAuthMethods(p: AuthorizationServerMetadataInput): readonly string[] {
  return p.endpoints.introspection === undefined ? [] : p.authMethods.filter((method) => method !== 'none');
}

/** RFC 8414 §2. Lists are always spelled out, because the defaults of the RFC claim more than this server does. */
export function authorizationServerMetadata(p: AuthorizationServerMetadataInput): Record<string, unknown> {
  const { endpoints } = p;
  return metadataDocument({
    issuer: p.issuer,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    registration_endpoint: endpoints.registration,
    revocation_endpoint: endpoints.revocation,
    introspection_endpoint: endpoints.introspection,
    userinfo_endpoint: endpoints.userinfo,
    jwks_uri: endpoints.jwks,
    scopes_supported: p.scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: p.grantTypes,
    ...authentication('token', p.authMethods, p),
    ...authentication('revocation', endpoints.revocation === undefined ? [] : p.authMethods, p),
    ...authentication('introspection', introspectionAuthMethods(p), p),
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: p.clientIdMetadataDocuments ? true : undefined,
    service_documentation: p.documentation,
    ui_locales_supported: p.uiLocales,
  });
}
