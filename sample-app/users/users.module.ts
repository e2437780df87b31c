import { Module } from '@nestjs/common';
import { PageResponder } from '../pages/page-responder.js';
import { HomeController } from './home.controller.js';
import { LoginController } from './login.controller.js';
import { SampleUserAdapter } from './sample-user.adapter.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { UsersService } from './users.service.js';

/** Accounts, login and the answers that the library asks for. */
@Module({
  controllers: [LoginController, HomeController],
  providers: [UsersService, SessionsService, SessionCookie, PageResponder, SampleUserAdapter],
  exports: [UsersService, SampleUserAdapter],
})
export class UsersModule {}
