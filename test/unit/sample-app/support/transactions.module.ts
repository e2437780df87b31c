import { Global, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { TransactionRunner } from 'nestjs-mcp-auth';
import type { DataSource } from 'typeorm';

/** The runner on the application's connection, as the library hands it out where its module is imported. */
@Global()
@Module({
  providers: [
    {
      provide: TransactionRunner,
      inject: [getDataSourceToken()],
      useFactory: (dataSource: DataSource) => new TransactionRunner(dataSource),
    },
  ],
  exports: [TransactionRunner],
})
export class TransactionsModule {}
