import { DefaultNamingStrategy } from 'typeorm';
import type { NamingStrategyInterface } from 'typeorm';

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** What many hosts use: snake case for everything that has no name of its own. */
export class SnakeNamingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(targetName: string, userSpecifiedName: string | undefined): string {
    return userSpecifiedName ?? snake(targetName);
  }

  override columnName(propertyName: string, customName: string | undefined, embeddedPrefixes: string[]): string {
    return [...embeddedPrefixes.map(snake), customName ?? snake(propertyName)].join('_');
  }

  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return snake(`${relationName}_${referencedColumnName}`);
  }
}

/** A strategy that renames whatever it is asked about, given table names included. */
export class RenamingStrategy extends SnakeNamingStrategy {
  override tableName(targetName: string, userSpecifiedName: string | undefined): string {
    return `t_${super.tableName(targetName, userSpecifiedName)}`;
  }

  override columnName(propertyName: string, customName: string | undefined, embeddedPrefixes: string[]): string {
    return customName ?? `c_${super.columnName(propertyName, customName, embeddedPrefixes)}`;
  }

  override primaryKeyName(): string {
    return 'pk_moved';
  }

  override indexName(): string {
    return 'ix_moved';
  }

  override foreignKeyName(): string {
    return 'fk_moved';
  }
}
