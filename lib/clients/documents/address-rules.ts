import { Injectable } from '@nestjs/common';
import { isPublicAddress } from './public-address.js';

/** Which addresses documents are fetched from (CMD-09). No option changes it; the loopback of development is no address that a name leads to. */
@Injectable()
export class AddressRules {
  allows(address: string): boolean {
    return isPublicAddress(address);
  }
}
