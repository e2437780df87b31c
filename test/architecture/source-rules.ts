import { posix } from 'node:path';
import ts from 'typescript';

/** Sources by path relative to the repository root, with forward slashes: `lib/protocol/pkce.ts`. */
export type Sources = ReadonlyMap<string, string>;

export interface PackageNames {
  /** What the published package may import at run time: its dependencies and peer dependencies. */
  readonly declared: readonly string[];
}

const FLOOR_OF_ROOM: Readonly<Record<string, number>> = {
  protocol: 0,
  config: 1,
  storage: 1,
  events: 2,
  scopes: 2,
  keys: 2,
  users: 2,
  clients: 2,
  grants: 2,
  tokens: 2,
  maintenance: 2,
  limits: 2,
  http: 3,
  views: 3,
  'resource-server': 3,
  endpoints: 3,
  cli: 4,
  testing: 4,
};

const ROOF_FILES = ['lib/index.ts', 'lib/mcp-auth.module.ts', 'lib/mcp-auth.module-definition.ts'];
const ENTRY_POINTS = ['lib/index.ts', 'lib/testing/index.ts', 'lib/resource-server/index.ts'];
const ORM_PACKAGES = ['typeorm', '@nestjs/typeorm'];
const CLOCK_FILE = 'lib/config/clock.ts';
/** The one look at the environment: relaxations are refused where `NODE_ENV` says production. */
const PRODUCTION_FILE = 'lib/config/production.ts';
const MAX_LINES = 220;

const roomOf = (file: string): string => file.split('/')[1] ?? '';
const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** The floor a file stands on, or `undefined` when the house has no such room. */
export function floorOf(file: string): number | undefined {
  return ROOF_FILES.includes(file) ? 4 : FLOOR_OF_ROOM[roomOf(file)];
}

/** Module specifiers of every import, re-export, dynamic import and import type, in the order written. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, false).importedFiles.map((imported) => imported.fileName);
}

export function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** The package a bare specifier belongs to: `@nestjs/common/constants.js` → `@nestjs/common`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function* importPairs(sources: Sources): Generator<readonly [file: string, specifier: string]> {
  for (const [file, text] of sources) {
    for (const specifier of importsOf(text)) yield [file, specifier];
  }
}

export function unknownRooms(sources: Sources): string[] {
  return [...sources.keys()].filter((file) => floorOf(file) === undefined);
}

export function upwardImports(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, specifier] of importPairs(sources)) {
    if (!isRelative(specifier)) continue;
    const target = resolveImport(file, specifier);
    if ((floorOf(target) ?? Infinity) > (floorOf(file) ?? -1)) found.push(`${file} → ${target}`);
  }
  return found;
}

/** Relative imports that name no file of `lib`, or leave out the `.js` that Node needs. */
export function danglingImports(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, specifier] of importPairs(sources)) {
    if (!isRelative(specifier)) continue;
    if (!specifier.endsWith('.js') || !sources.has(resolveImport(file, specifier)))
      found.push(`${file} → ${specifier}`);
  }
  return found;
}

/** Each cycle once, as the path that closes it. */
export function importCycles(sources: Sources): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const specifier of importsOf(sources.get(file) ?? '').filter(isRelative)) {
      visit(resolveImport(file, specifier), [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}

export function impureProtocol(sources: Sources): string[] {
  return [...importPairs(sources)]
    .filter(([file, specifier]) => roomOf(file) === 'protocol' && !isRelative(specifier) && specifier !== 'node:crypto')
    .map(([file, specifier]) => `${file} → ${specifier}`);
}

export function ormOutsideStorage(sources: Sources): string[] {
  return [...importPairs(sources)]
    .filter(([file, specifier]) => ORM_PACKAGES.includes(packageOf(specifier)) && roomOf(file) !== 'storage')
    .map(([file, specifier]) => `${file} → ${specifier}`);
}

/** A resource server alone must run where TypeORM is not installed, so no path of imports may lead it to the storage room. */
export function resourceServerReachesStorage(sources: Sources): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const trail = [...path, file];
    if (roomOf(file) === 'storage') {
      found.push(trail.join(' → '));
      return;
    }
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      if (isRelative(specifier)) walk(resolveImport(file, specifier), trail);
    }
  };
  for (const file of sources.keys()) if (roomOf(file) === 'resource-server') walk(file, []);
  return found;
}

export function undeclaredPackages(sources: Sources, names: PackageNames): string[] {
  return [...importPairs(sources)]
    .filter(([, specifier]) => !isRelative(specifier) && !specifier.startsWith('node:'))
    .filter(([, specifier]) => !names.declared.includes(packageOf(specifier)))
    .map(([file, specifier]) => `${file} → ${specifier}`);
}

export function longFiles(sources: Sources): string[] {
  return [...sources]
    .map(([file, text]) => ({ file, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ file, lines }) => `${file}: ${lines} lines`);
}

export function barrels(sources: Sources): string[] {
  return [...sources.keys()].filter((file) => posix.basename(file) === 'index.ts' && !ENTRY_POINTS.includes(file));
}

function isProductionLook(environment: ts.Node, file: string): boolean {
  return file === PRODUCTION_FILE && /^process\.env\[?\.?'?NODE_ENV\b/.test(environment.parent.getText());
}

function describeForbidden(node: ts.Node, file: string): string | undefined {
  if (ts.isIdentifier(node) && node.text === 'forwardRef') return 'forwardRef';
  if (ts.isExportAssignment(node)) return 'a default export';
  if (ts.isExportDeclaration(node) && node.exportClause === undefined) return 'export *';
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
    return 'import.meta, which a host under Jest cannot load';
  }
  if (ts.isAwaitExpression(node) && ts.findAncestor(node, ts.isFunctionLike) === undefined) {
    return 'await outside a function, which require() cannot load';
  }
  if (ts.isPropertyAccessExpression(node)) {
    const access = `${node.expression.getText()}.${node.name.text}`;
    if (access === 'process.env' && !isProductionLook(node, file)) return access;
    if (access === 'Date.now' && file !== CLOCK_FILE) return access;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
    return file === CLOCK_FILE ? undefined : 'new Date()';
  }
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)) {
    return 'a default export';
  }
  return undefined;
}

/** Constructs the house does not use anywhere, found in the syntax tree so that comments may speak of them. */
export function forbiddenConstructs(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, text] of sources) {
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const forbidden = describeForbidden(node, file);
      if (forbidden !== undefined) {
        found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} uses ${forbidden}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found;
}
