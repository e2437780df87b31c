/** An operator asked for something that this client, or none, can do. */
export class McpClientError extends Error {
  override readonly name = 'McpClientError';
}
