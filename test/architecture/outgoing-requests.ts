import ts from 'typescript';
import { importsOf, resolveImport, type Sources } from './source-rules.js';

/** Modules with which a program can call another one; their types are another matter. */
const CALLERS = /^(node:)?(http|https|http2|net|tls|dgram|dns)(\/promises)?$|^(undici|axios|got|node-fetch)$/;

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

/** What a call may say besides its URL; the proxy's own password comes from its URL. */
const HEADERS = ['Host', 'Accept', 'Accept-Encoding', 'User-Agent', 'Connection', 'Proxy-Authorization'];
const METHODS = ['GET', 'CONNECT'];

/** Rooms from which something secret could come along. */
const OPEN_ROOMS = /^lib\/(clients\/documents|config|protocol)\//;

function describeLeak(node: ts.Node): string | undefined {
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText().replaceAll("'", '');
    const isHeader = ts.isObjectLiteralExpression(node.parent) && /header|credential/i.test(ownerOf(node.parent));
    if (isHeader && !HEADERS.includes(name)) return `the header ${name}`;
    if (name === 'method' && !METHODS.some((method) => node.initializer.getText() === `'${method}'`)) return 'a method';
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const called = node.expression.name.text;
  const isBody = called === 'write' || called === 'pipe' || (called === 'end' && node.arguments.length > 0);
  const isHeader = /^(setHeader|appendHeader|setHeaders|addTrailers)$/.test(called);
  return isBody || isHeader ? `${called}()` : undefined;
}

/** What an object of headers belongs to: the property it is given to, or the function that gives it. */
function ownerOf(node: ts.Node): string {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.name.getText();
  return ts.findAncestor(node, ts.isFunctionDeclaration)?.name?.text ?? '';
}

function reachableFrom(file: string, sources: Sources, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const specifier of importsOf(sources.get(file) ?? '')) {
    if (specifier.startsWith('.')) reachableFrom(resolveImport(file, specifier), sources, seen);
  }
  return seen;
}

/**
 * What a file that calls other servers could send along: a body, a header of its own choice, or something from a room where tokens, secrets and
 * users are. With none of these, all it has is the URL it was given.
 */
export function outgoingLeaks(sources: Sources): string[] {
  const callers = new Set(outgoingRequests(sources).map((found) => found.split(' ')[0] ?? ''));
  const found: string[] = [];
  for (const file of callers) {
    const tree = ts.createSourceFile(file, sources.get(file) ?? '', ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const leak = describeLeak(node);
      if (leak !== undefined) found.push(`${file} sends ${leak}`);
      ts.forEachChild(node, visit);
    };
    visit(tree);
    for (const other of reachableFrom(file, sources)) {
      if (!OPEN_ROOMS.test(other)) found.push(`${file} reaches ${other}`);
    }
  }
  return found;
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
