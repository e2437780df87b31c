/** The style sheet of every page. It loads nothing; its hash is the only style the pages' policy allows. */
export const PAGE_STYLE = `
:root{color-scheme:light dark}
`;
