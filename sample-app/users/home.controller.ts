import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ENVIRONMENT, type Environment } from '../environment.js';
import { PageResponder } from '../pages/page-responder.js';
import { publicOrigin } from '../public-origin.js';
import { demoCommand } from '../welcome.js';
import { homePage } from './home.page.js';
import type { HostRequest } from './host-request.js';
import { SampleUserAdapter } from './sample-user.adapter.js';
import { UsersService } from './users.service.js';

/** The front page: who is signed in, and how to connect a client. */
@Controller()
export class HomeController {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly host: HttpAdapterHost,
    private readonly adapter: SampleUserAdapter,
    private readonly users: UsersService,
    private readonly pages: PageResponder,
  ) {}

  @Get()
  async show(@Req() request: HostRequest, @Res() response: unknown): Promise<void> {
    const signedIn = await this.adapter.currentUser(request);
    const user = signedIn === null ? undefined : await this.users.find(signedIn.id);
    const membership = user === undefined ? undefined : await this.users.membership(user.id);
    const server: unknown = this.host.httpAdapter.getHttpServer();
    const origin = publicOrigin(this.environment, server);
    const mcpUrl = `${origin}${this.environment.mcpServerPath}`;
    const page = homePage({
      user,
      organisation: membership?.organisationName,
      mcpUrl,
      demoCommand: demoCommand(origin, this.environment.mcpServerPath),
    });
    this.pages.send(response, page);
  }
}
