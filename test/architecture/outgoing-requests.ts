import ts from 'typescript';
import type { Sources } from './source-rules.js';

/** Modules with which a program can call another one; their types are another matter. */
const CALLERS = /^(node:)?(http|https|http2|net|tls|dgram)$|^(undici|axios|got|node-fetch)$/;

/** What those modules also offer and nobody can call a server with. */
const HARMLESS = ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'STATUS_CODES', 'METHODS'];

/** Whether nothing is left of an import after compilation, or nothing that matters. */
function isHarmless({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return (
    !name &&
    !!namedBindings &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((e) => e.isTypeOnly || HARMLESS.includes((e.propertyName ?? e.name).text))
  );
}

function describeCall(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return CALLERS.test(node.moduleSpecifier.text) && !isHarmless(node) ? node.moduleSpecifier.text : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const [argument] = node.arguments;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  if (isImport && argument && ts.isStringLiteralLike(argument) && CALLERS.test(argument.text)) return argument.text;
  return /^(globalThis\.)?fetch$/.test(node.expression.getText()) ? 'fetch' : undefined;
}

/** Places that could send something to another server. */
export function outgoingRequests(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, text] of sources) {
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const means = describeCall(node);
      if (means !== undefined) found.push(`${file} uses ${means}`);
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found;
}
