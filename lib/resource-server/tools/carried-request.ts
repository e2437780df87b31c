import type { ExecutionContext } from '@nestjs/common';

/** The HTTP request over which a tool of `@rekog/mcp-nest` is called, which runs as a message handler; undefined for every other message. */
export function carriedRequest(context: ExecutionContext): object | undefined {
  if (context.getType<string>() !== 'rpc') return undefined;
  const carrier = context.switchToRpc().getContext<{ getRawRequest?: () => unknown } | undefined>();
  const request = typeof carrier?.getRawRequest === 'function' ? carrier.getRawRequest() : undefined;
  return typeof request === 'object' && request !== null ? request : undefined;
}
