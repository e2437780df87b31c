import 'reflect-metadata';
import { Module, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule, MetadataScanner } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { HandlerRoutes } from '../../../lib/resource-server/handler-routes.js';
import { ScopeRequirements } from '../../../lib/resource-server/scope-requirements.js';
import { McpNestTools } from '../../../lib/resource-server/tools/mcp-nest-tools.js';
import { McpToolScopes } from '../../../lib/resource-server/tools/mcp-tool-scopes.js';
import { ScopeRegistry } from '../../../lib/scopes/scope-registry.js';
import { resolved } from './fixture.js';

/** The real parts that read decorators of a host with these controllers and providers; they have not looked yet. */
export async function host(controllers: readonly Type[], given: readonly Provider[] = []) {
  @Module({ controllers: [...controllers], providers: [...given] })
  class Feature {}
  const registry = { provide: ScopeRegistry, useValue: new ScopeRegistry(resolved()) };
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule, Feature],
    providers: [MetadataScanner, HandlerRoutes, McpNestTools, McpToolScopes, ScopeRequirements, registry],
  }).compile();
  return {
    requirements: module.get(ScopeRequirements),
    nestTools: module.get(McpNestTools),
    toolScopes: module.get(McpToolScopes),
  };
}

export async function requirements(
  controllers: readonly Type[],
  given: readonly Provider[] = [],
): Promise<ScopeRequirements> {
  return (await host(controllers, given)).requirements;
}

/** A method as it is decorated. */
export const methodOf = (type: Type, name: string) => Reflect.get(type.prototype as object, name) as () => void;
