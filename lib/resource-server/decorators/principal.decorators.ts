import { createParamDecorator, type ExecutionContext, ServiceUnavailableException } from '@nestjs/common';
import type { McpUserData } from '../../config/mcp-user-adapter.js';
import { type McpPrincipal, principalOf } from '../mcp-principal.js';
import { carriedRequest } from '../tools/carried-request.js';

/** The host's API credential of a user, as `fetchUserData` reports it. */
export interface McpApiKeyPair {
  readonly id: string;
  readonly secret: string;
}

/** HTTP handlers, and tool handlers of `@rekog/mcp-nest`, which run as message handlers over a request. */
function principal(context: ExecutionContext): McpPrincipal | undefined {
  if (context.getType<string>() !== 'rpc') return principalOf(context.switchToHttp().getRequest());
  const request = carriedRequest(context);
  return request === undefined ? undefined : principalOf(request);
}

async function userData(context: ExecutionContext): Promise<McpUserData | null> {
  try {
    return (await principal(context)?.userData()) ?? null;
  } catch (cause) {
    throw new ServiceUnavailableException('The user cannot be looked up right now', { cause });
  }
}

const user = createParamDecorator((field: keyof McpPrincipal | undefined, context: ExecutionContext) => {
  const found = principal(context);
  return field === undefined ? found : found?.[field];
});

/** The principal of the request, or one of its members: `@McpUser() user: McpPrincipal`, `@McpUser('userId') id: string`. Undefined when anonymous. */
export const McpUser: (field?: keyof McpPrincipal) => ParameterDecorator = (field) => user(field);

const userId = createParamDecorator((_: unknown, context: ExecutionContext) => principal(context)?.userId);
/** The user's id (`sub`). */
export const McpUserId: () => ParameterDecorator = () => userId();

const orgId = createParamDecorator((_: unknown, context: ExecutionContext) => principal(context)?.orgId);
/** The organisation the grant was given for. */
export const McpOrgId: () => ParameterDecorator = () => orgId();

const scope = createParamDecorator((_: unknown, context: ExecutionContext) => principal(context)?.scopes.join(' '));
/** The granted scopes, separated by blanks. */
export const McpScope: () => ParameterDecorator = () => scope();

const token = createParamDecorator((_: unknown, context: ExecutionContext) => principal(context)?.token);
/** The access token itself. Never forward it: it was issued for this server and for no other. */
export const McpToken: () => ParameterDecorator = () => token();

const authenticated = createParamDecorator((_: unknown, context: ExecutionContext) => principal(context) !== undefined);
/** Whether the request carries a valid token; of use together with `@McpOptionalAuth()`. */
export const McpAuthenticated: () => ParameterDecorator = () => authenticated();

const email = createParamDecorator(async (_: unknown, context: ExecutionContext) => (await userData(context))?.email);
/** The user's e-mail address, asked of the host at most once per request; it is in no token. */
export const McpEmail: () => ParameterDecorator = () => email();

const apiKey = createParamDecorator(
  async (_: unknown, context: ExecutionContext): Promise<McpApiKeyPair | undefined> => {
    const data = await userData(context);
    return data?.apiKeyId && data.apiKeySecret ? { id: data.apiKeyId, secret: data.apiKeySecret } : undefined;
  },
);
/** The user's credential for the host's own API (`apiKeyId`, `apiKeySecret`), looked up like the e-mail. */
export const McpApiKey: () => ParameterDecorator = () => apiKey();
