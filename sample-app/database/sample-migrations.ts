import { CreateSampleTables1767225600000 } from './migrations/1767225600000-create-sample-tables.js';
import { SeedDemoAccounts1767225600001 } from './migrations/1767225600001-seed-demo-accounts.js';

export const sampleMigrations = [CreateSampleTables1767225600000, SeedDemoAccounts1767225600001];
