import { Module, type DynamicModule } from '@nestjs/common';
import { ENVIRONMENT, type Environment } from './environment.js';

/** Lets every module inject the environment, which was read and checked before Nest started. */
@Module({})
export class EnvironmentModule {
  static holding(environment: Environment): DynamicModule {
    const providers = [{ provide: ENVIRONMENT, useValue: environment }];
    return { module: EnvironmentModule, global: true, providers, exports: [ENVIRONMENT] };
  }
}
