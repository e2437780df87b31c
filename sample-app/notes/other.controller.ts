import { Controller, Get } from '@nestjs/common';

/** A route outside the MCP path: the library leaves it alone. */
@Controller('other')
export class OtherController {
  @Get('endpoint')
  answer() {
    return { status: 'ok', message: 'This route is outside the MCP path; nobody asks for a token here.' };
  }
}
