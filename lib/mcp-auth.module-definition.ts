import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { McpAuthOptions } from './config/mcp-auth-options.js';
import type { McpAuthStaticOptions } from './config/mcp-auth-static-options.js';

/** What a class given as `useClass` or `useExisting` has to offer. */
export interface McpAuthOptionsFactory {
  createMcpAuthOptions(): McpAuthOptions | Promise<McpAuthOptions>;
}

const NO_EXTRAS: McpAuthStaticOptions = {};

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<McpAuthOptions>({ moduleName: 'McpAuth' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createMcpAuthOptions')
    .setExtras<McpAuthStaticOptions>({ ...NO_EXTRAS, isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal ?? true,
    }))
    .build();
