export { mintAccessToken, type MintedAccessToken, type MintOptions } from './mint-access-token.js';
