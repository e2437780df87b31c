/** One permission a client may ask for. */
export interface ScopeDefinition {
  /** Short title on the consent page. */
  readonly name: string;
  /** One sentence on the consent page: what the client can do with it. */
  readonly description: string;
  /**
   * Always part of a grant: listed on the consent page, not selectable.
   * @default false
   */
  readonly required?: boolean;
  /**
   * Narrower scopes that this one includes, by name: whoever has it may do what they allow. Theirs are included as well.
   * @default none
   */
  readonly implies?: readonly string[];
}
