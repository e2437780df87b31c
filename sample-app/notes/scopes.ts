/** What a client may ask for. The library shows these texts on its consent page. */
export const SCOPES = {
  'mcp:read': {
    name: 'Read notes',
    description: "See who you are and read your organisation's notes",
    required: true,
  },
  'mcp:write': { name: 'Write notes', description: 'Create notes in your organisation' },
  'mcp:admin': { name: 'Purge notes', description: "Delete all of your organisation's notes" },
} as const;

export type NotesScope = keyof typeof SCOPES;

/** Asked for when a client names none. Purging is not in it: a client gets that only after it was turned away once. */
export const DEFAULT_SCOPES: readonly NotesScope[] = ['mcp:read', 'mcp:write'];
