/** How a route is exposed, by decorator. Absent: by its path. */
export type Exposure = 'public' | 'protected' | 'optional';

export const EXPOSURE = 'nestjs-mcp-auth:exposure';
