import { SetMetadata } from '@nestjs/common';
import { EXPOSURE, type Exposure } from '../exposure.js';

const expose = (exposure: Exposure): ClassDecorator & MethodDecorator => SetMetadata(EXPOSURE, exposure);

/** Opens a controller or handler inside the MCP path to everybody. */
export const McpPublic = (): ClassDecorator & MethodDecorator => expose('public');

/** Asks for an MCP access token on a controller or handler outside the MCP path. Where no HTTP route leads to, it stops the boot. */
export const McpProtected = (): ClassDecorator & MethodDecorator => expose('protected');

/** Fills the principal where a valid token is sent and lets everybody else in: read it with `@McpAuthenticated()` and `@McpUser()`. */
export const McpOptionalAuth = (): ClassDecorator & MethodDecorator => expose('optional');
