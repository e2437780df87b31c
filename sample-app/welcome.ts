import { DEMO_ACCOUNTS } from './demo-accounts.js';

/** What a newcomer reads first. The first line says that the application is ready, and where. */
export function welcome(listening: string, origin: string, mcpServerPath: string): string {
  const accounts = DEMO_ACCOUNTS.map(({ email, password, memberships }) => {
    const roles = memberships.map(({ role, organisation }) => `${role} of ${organisation.name}`);
    return `  ${email.padEnd(18)} ${password.padEnd(15)} ${roles.join(', ')}`;
  });
  return `Listening on ${listening}

Demo accounts
${accounts.join('\n')}

Try next
  open ${origin}
      sign in, and see how to connect a client
  ${demoCommand(origin, mcpServerPath)}
      in a second terminal: a client connects, step by step
  claude mcp add --transport http notes ${origin}${mcpServerPath}
      connect Claude Code
`;
}

/** How to run the demo against this address. */
export function demoCommand(origin: string, mcpServerPath: string): string {
  const base = origin === 'http://127.0.0.1:3000' ? '' : `MCP_BASE_URL=${origin} `;
  const path = mcpServerPath === '/mcp' ? '' : `MCP_SERVER_PATH=${mcpServerPath} `;
  return `${base}${path}npm run demo`;
}
