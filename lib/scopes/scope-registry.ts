import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ScopeDefinition } from '../config/scope-options.js';

/** Texts of scopes in a language, as far as it has them. */
type ScopeWords = Readonly<Record<string, Partial<Pick<ScopeDefinition, 'name' | 'description'>>>>;

/** The declared scopes, with their texts and their hierarchy. */
@Injectable()
export class ScopeRegistry {
  readonly names: readonly string[];
  readonly defaults: readonly string[];
  private readonly included: ReadonlyMap<string, readonly string[]>;

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions) {
    this.names = Object.keys(options.scopes);
    this.defaults = options.defaultScopes;
    this.included = new Map(this.names.map((name) => [name, this.collect(name)]));
  }

  isRequired(name: string): boolean {
    return this.definition(name).required ?? false;
  }

  /** Texts of a declared scope. Only declared names reach this far. */
  definition(name: string): ScopeDefinition {
    const definition = Object.hasOwn(this.options.scopes, name) ? this.options.scopes[name] : undefined;
    if (!definition) throw new TypeError('Not a declared scope');
    return definition;
  }

  /** Title and description of a declared scope, in the words of a language where it has some. */
  textsOf(name: string, words: ScopeWords = {}): { readonly title: string; readonly description: string } {
    const own = Object.hasOwn(words, name) ? words[name] : undefined;
    const { name: title, description } = { ...this.definition(name), ...own };
    return { title, description };
  }

  /**
   * The scopes among `names` that are declared, and within a ceiling.
   * @param ceiling includes what its scopes imply; undefined: there is none
   */
  declared(names: readonly string[], ceiling: readonly string[] | undefined): readonly string[] {
    const known = ceiling === undefined ? this.names : this.withImplied(ceiling);
    return names.filter((name) => this.names.includes(name) && known.includes(name));
  }

  /** The scopes with all that they imply, each once; an undeclared one implies nothing. */
  withImplied(scopes: readonly string[]): readonly string[] {
    return [...new Set(scopes.flatMap((name) => [name, ...(this.included.get(name) ?? [])]))];
  }

  /** Whether whoever was granted some scopes may do what needs others (RSG-09). */
  satisfies(granted: readonly string[], needed: readonly string[]): boolean {
    const all = this.withImplied(granted);
    return needed.every((name) => all.includes(name));
  }

  private collect(name: string): readonly string[] {
    return (this.definition(name).implies ?? []).flatMap((implied) => [implied, ...this.collect(implied)]);
  }
}
