import { afterAll } from 'vitest';
import type { SampleApp } from '../../../support/sample-app-process.js';
import { CLIENT_2 } from './client-2.driver.js';
import type { McpClientDriver, McpTestClient, TestClientOptions } from './mcp-test-client.js';
import { SDK_1 } from './sdk-1.driver.js';

/** For `describe.each`: each SDK, in each revision it speaks. */
export const DRIVERS: readonly (readonly [string, McpClientDriver])[] = [SDK_1, ...CLIENT_2].map((driver) => [
  driver.name,
  driver,
]);

/** Makes clients for the tests of a `describe`, and closes them after the last one. */
export function clientFactory(driver: McpClientDriver, app: () => SampleApp) {
  const opened: McpTestClient[] = [];
  afterAll(async () => {
    await Promise.all(opened.map((client) => client.close()));
  });
  return (options?: TestClientOptions): McpTestClient => {
    const client = driver.create(app().mcpUrl, options);
    opened.push(client);
    return client;
  };
}
