import ts from 'typescript';

const GROUPS = 'DSC|REG|CMD|PRE|AUT|CON|TOK|CAU|ACG|RFT|CCG|JWB|ATK|REV|INT|UID|RSG|TRN|STO|ABU|OPS';
const TEST_FUNCTIONS = ['it', 'test', 'describe'];

/** One row of a table in `docs/requirements.md`. */
export interface Requirement {
  readonly id: string;
  readonly level: string;
}

export interface RequirementsPage {
  readonly requirements: readonly Requirement[];
  /** Ids of the section "Left for later", in the order written. */
  readonly later: readonly string[];
}

/** Ids in a text, a range counting as all it spans: `AUT-08..10` is three. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(new RegExp(`\\b(${GROUPS})-(\\d\\d)(?:\\.\\.(\\d\\d))?`, 'g'))].flatMap((match) => {
    const [, group = '', first = '', last = first] = match;
    const count = Number(last) - Number(first) + 1;
    return Array.from({ length: count }, (_, step) => `${group}-${String(Number(first) + step).padStart(2, '0')}`);
  });
}

export function parseRequirementsPage(markdown: string): RequirementsPage {
  const [tables = '', later = ''] = markdown.split('\n## Left for later\n');
  const rows = [...tables.matchAll(/^\| ([A-Z]{3}-\d\d) +\| (MUST|SHOULD|SHOULD NOT|MAY) +\|/gm)];
  return { requirements: rows.map(([, id = '', level = '']) => ({ id, level })), later: idsIn(later) };
}

/** Walks `it.skipIf(x).each(rows)` back to `it`. */
function rootName(callee: ts.Expression): string | undefined {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) return rootName(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return rootName(callee.tag);
  return undefined;
}

function literalText(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.getText();
  return '';
}

/** Titles of tests and groups, and the text rows of `each`, which become part of a title. */
export function testTitles(file: string, text: string): string[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const collectLiterals = (node: ts.Node): void => {
    titles.push(literalText(node));
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, collectLiterals);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TEST_FUNCTIONS.includes(rootName(node.expression) ?? '')) {
      const isTable = ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'each';
      if (isTable) node.arguments.forEach(collectLiterals);
      else if (node.arguments[0]) titles.push(literalText(node.arguments[0]));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return titles.filter((title) => title !== '');
}

/** Which files cite which id. */
export function citations(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const [file, text] of sources) {
    for (const id of new Set(testTitles(file, text).flatMap(idsIn))) cited.set(id, [...(cited.get(id) ?? []), file]);
  }
  return cited;
}

export function unknownCitations(page: RequirementsPage, cited: ReadonlyMap<string, readonly string[]>): string[] {
  const known = new Set(page.requirements.map(({ id }) => id));
  return [...cited].filter(([id]) => !known.has(id)).map(([id, files]) => `${id} in ${files.join(', ')}`);
}

export function uncitedMusts(page: RequirementsPage, cited: ReadonlyMap<string, readonly string[]>): string[] {
  return page.requirements
    .filter(({ id, level }) => level === 'MUST' && !page.later.includes(id) && !cited.has(id))
    .map(({ id }) => id);
}
