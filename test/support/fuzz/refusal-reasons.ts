import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow } from './source-files.js';

/** What the sources say about private reasons: every one that can be logged, and every place the reading could not follow. */
export interface RefusalReasons {
  readonly reasons: ReadonlySet<string>;
  readonly unread: readonly string[];
}

/** A value that is not one of a fixed list, such as a host's own text. */
type Values = ReadonlySet<string> | undefined;

/**
 * Reads the private refusal reasons out of the sources: everything assigned to a `reason`, followed back through parameters to the literals
 * that callers pass. So a new check with a new reason shows up here without anybody keeping a list.
 */
export function readRefusalReasons(root: string): RefusalReasons {
  const files = filesBelow(join(root, 'lib'));
  // Other packages hold no reason of ours; leaving them out makes this a matter of a second.
  const host = ts.createCompilerHost({});
  host.resolveModuleNameLiterals = (literals, containingFile) =>
    literals.map(({ text }) => {
      const resolvedFileName = join(containingFile, '..', text.replace(/\.js$/, '.ts'));
      return text.startsWith('.')
        ? { resolvedModule: { resolvedFileName, extension: ts.Extension.Ts } }
        : { resolvedModule: undefined };
    });
  const options = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: [], strict: true };
  const program = ts.createProgram({ rootNames: files, options, host });
  return new ReasonReader(program, new Set(files)).read();
}

class ReasonReader {
  private readonly checker: ts.TypeChecker;
  private readonly calls = new Map<ts.Symbol, ts.CallExpression[]>();
  private readonly reasons = new Set<string>();
  private readonly unread: string[] = [];

  constructor(
    program: ts.Program,
    private readonly files: ReadonlySet<string>,
  ) {
    this.checker = program.getTypeChecker();
    this.sources = program.getSourceFiles().filter(({ fileName }) => this.files.has(fileName));
  }

  private readonly sources: readonly ts.SourceFile[];

  read(): RefusalReasons {
    this.sources.forEach((source) => this.walk(source, (node) => this.indexCall(node)));
    this.sources.forEach((source) => this.walk(source, (node) => this.collect(node)));
    return { reasons: this.reasons, unread: this.unread };
  }

  private walk(node: ts.Node, visit: (node: ts.Node) => void): void {
    visit(node);
    ts.forEachChild(node, (child) => this.walk(child, visit));
  }

  private indexCall(node: ts.Node): void {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const symbol = this.symbolOf(node.expression);
    if (symbol) this.calls.set(symbol, [...(this.calls.get(symbol) ?? []), node as ts.CallExpression]);
  }

  /** Places where a reason comes into being: `{ reason: … }`, `let reason = …`, `reason = …`, and errors that name none. */
  private collect(node: ts.Node): void {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'reason') return this.keep(node.initializer);
    if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'reason') return this.keepShorthand(node);
    if (ts.isNewExpression(node)) return this.collectConstructed(node);
    if (ts.isStringLiteralLike(node)) {
      // A line written for the log by hand.
      for (const [, reason = ''] of node.text.matchAll(/reason=([a-z0-9_]+)/g)) this.reasons.add(reason);
    }
  }

  private collectConstructed(node: ts.NewExpression): void {
    const name = node.expression.getText();
    const args = node.arguments ?? ts.factory.createNodeArray<ts.Expression>();
    if (name === 'PageError') {
      const reason = args[2];
      if (reason) this.keep(reason);
      return;
    }
    // An OAuth error without a reason of its own is logged under its code.
    if (!name.endsWith('Error') || args.length !== 1) return;
    const code = this.codeOf(node.expression);
    if (code !== undefined) this.reasons.add(code);
  }

  private codeOf(constructor: ts.Expression): string | undefined {
    const declaration = this.symbolOf(constructor)?.declarations?.find(ts.isClassDeclaration);
    const code = declaration?.members
      .filter(ts.isPropertyDeclaration)
      .find((member) => member.name.getText() === 'code');
    const value =
      code?.initializer && ts.isAsExpression(code.initializer) ? code.initializer.expression : code?.initializer;
    return value && ts.isStringLiteralLike(value) ? value.text : undefined;
  }

  private keepShorthand(node: ts.ShorthandPropertyAssignment): void {
    const symbol = this.checker.getShorthandAssignmentValueSymbol(node);
    const literals = symbol && literalTypes(this.checker.getTypeOfSymbolAtLocation(symbol, node));
    this.add(node, literals ?? (symbol && this.valuesOfSymbol(symbol, new Set())));
  }

  private keep(expression: ts.Expression): void {
    this.add(expression, this.valuesOf(expression, new Set()));
  }

  private add(node: ts.Node, values: Values): void {
    // Handed on from an error that was counted where it was made.
    if (!values && ts.isPropertyAccessExpression(node) && node.name.text === 'reason') return;
    if (values) for (const value of values) this.reasons.add(value);
    else this.unread.push(`${node.getSourceFile().fileName.replace(/^.*\/lib\//, 'lib/')}: ${node.getText()}`);
  }

  /** The literals an expression can be. */
  private valuesOf(expression: ts.Expression, seen: ReadonlySet<ts.Symbol>): Values {
    if (ts.isStringLiteralLike(expression)) return new Set([expression.text]);
    const literals = literalTypes(this.checker.getTypeAtLocation(expression));
    if (literals) return literals;
    if (ts.isTemplateExpression(expression)) return this.valuesOfTemplate(expression, seen);
    if (ts.isConditionalExpression(expression))
      return union([this.valuesOf(expression.whenTrue, seen), this.valuesOf(expression.whenFalse, seen)]);
    if (ts.isCallExpression(expression)) return this.valuesOfResult(expression, seen);
    const symbol = this.symbolOf(expression);
    return symbol && this.valuesOfSymbol(symbol, seen);
  }

  private valuesOfTemplate(expression: ts.TemplateExpression, seen: ReadonlySet<ts.Symbol>): Values {
    return expression.templateSpans.reduce<Values>(
      (texts, span) => {
        const values = this.valuesOf(span.expression, seen);
        if (!texts || !values) return undefined;
        return new Set([...texts].flatMap((text) => [...values].map((value) => text + value + span.literal.text)));
      },
      new Set([expression.head.text]),
    );
  }

  private valuesOfResult(call: ts.CallExpression, seen: ReadonlySet<ts.Symbol>): Values {
    const declaration = this.symbolOf(call.expression)?.declarations?.find(ts.isFunctionDeclaration);
    if (!declaration) return undefined;
    const results: Values[] = [];
    this.walk(declaration, (node) => {
      if (ts.isReturnStatement(node) && node.expression) results.push(this.valuesOf(node.expression, seen));
    });
    return union(results);
  }

  private valuesOfSymbol(symbol: ts.Symbol, seen: ReadonlySet<ts.Symbol>): Values {
    const declaration = symbol.valueDeclaration;
    if (!declaration || seen.has(symbol)) return new Set();
    const next = new Set([...seen, symbol]);
    if (ts.isParameter(declaration)) return this.valuesOfParameter(declaration, next);
    if (!ts.isVariableDeclaration(declaration)) return undefined;
    const assigned: Values[] = declaration.initializer ? [this.valuesOf(declaration.initializer, next)] : [];
    this.walk(declaration.getSourceFile(), (node) => {
      if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
      if (this.symbolOf(node.left) === symbol) assigned.push(this.valuesOf(node.right, next));
    });
    return union(assigned);
  }

  /** What every caller passes. */
  private valuesOfParameter(parameter: ts.ParameterDeclaration, seen: ReadonlySet<ts.Symbol>): Values {
    const owner = parameter.parent;
    const index = owner.parameters.indexOf(parameter);
    const symbol = this.ownerSymbol(owner);
    if (!symbol) return undefined;
    return union(
      (this.calls.get(symbol) ?? []).map(({ arguments: args }) => {
        const argument = args[index];
        return argument ? this.valuesOf(argument, seen) : new Set<string>();
      }),
    );
  }

  private ownerSymbol(owner: ts.SignatureDeclaration): ts.Symbol | undefined {
    if (ts.isConstructorDeclaration(owner)) return owner.parent.name && this.symbolOf(owner.parent.name);
    if (ts.isArrowFunction(owner) && ts.isVariableDeclaration(owner.parent)) return this.symbolOf(owner.parent.name);
    return owner.name && this.symbolOf(owner.name);
  }

  private symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.checker.getSymbolAtLocation(node);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

function literalTypes(type: ts.Type): Values {
  const types = type.isUnion() ? type.types : [type];
  return types.length > 0 && types.every((part) => part.isStringLiteral())
    ? new Set(types.map((part) => (part as ts.StringLiteralType).value))
    : undefined;
}

function union(parts: readonly Values[]): Values {
  const all = new Set<string>();
  for (const part of parts) {
    if (!part) return undefined;
    for (const value of part) all.add(value);
  }
  return all;
}
