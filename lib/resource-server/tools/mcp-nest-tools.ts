import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

type Handler = (...args: unknown[]) => unknown;

/** A method that `@rekog/mcp-nest` serves as a tool. */
export interface NestTool {
  /** As clients call it. */
  readonly tool: string;
  readonly controller: Type;
  readonly handler: Handler;
}

/** What `@Tool()` writes on a method, as far as its name goes. */
interface ToolMetadata {
  readonly name?: string;
}

/** What `@Tool()` gives to `@MessagePattern()`, by which its server finds the method. */
interface PatternExtras {
  readonly mcpType?: unknown;
  readonly mcpMethodKey?: unknown;
}

/** The tools of `@rekog/mcp-nest` 2.x, which are message handlers of controllers; known by their metadata, so that the package need not be there. */
@Injectable()
export class McpNestTools {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  list(): readonly NestTool[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype?.prototype ?? null) as Record<string, Handler> | null;
      if (!metatype || !prototype) return [];
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name];
        const tool = handler ? toolName(handler) : undefined;
        return handler && tool !== undefined ? [{ tool, controller: metatype as Type, handler }] : [];
      });
    });
  }
}

function toolName(handler: Handler): string | undefined {
  const extras = Reflect.getMetadata('microservices:pattern_extras', handler) as PatternExtras | undefined;
  const metadata = Reflect.getMetadata('mcp:tool', handler) as ToolMetadata | undefined;
  if (extras?.mcpType !== 'tool' || metadata === undefined) return undefined;
  return metadata.name || String(extras.mcpMethodKey);
}
