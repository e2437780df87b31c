// The conformance tool imports `globSync` from `fs`, for a command that this suite does not use. Node has it since version 22;
// before, the import alone ends the process. `node --import` this file in front of the tool.
import fs from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const SOURCE = `
export * from 'node:fs';
export function globSync() {
  throw new Error('This version of Node has no fs.globSync');
}
`;
const FS_WITH_GLOB = `data:text/javascript,${encodeURIComponent(SOURCE)}`;

// Node loads this file a second time, in the thread of the module hooks.
if (isMainThread && !('globSync' in fs)) register(import.meta.url);

/** A module hook: the tool, and nobody else, gets the complete `fs`. */
export async function resolve(specifier, context, nextResolve) {
  const fromTool = context.parentURL?.includes('/@modelcontextprotocol/conformance/') ?? false;
  if (specifier === 'fs' && fromTool) return { url: FS_WITH_GLOB, shortCircuit: true };
  return nextResolve(specifier, context);
}
