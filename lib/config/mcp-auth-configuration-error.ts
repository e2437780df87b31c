/** A contradictory, weak or missing option. Stops the boot; the message names the option, the value and the remedy. */
export class McpAuthConfigurationError extends Error {
  override readonly name = 'McpAuthConfigurationError';
}
