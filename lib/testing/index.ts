export { mintAccessToken, type MintedAccessToken, type MintOptions } from './mint-access-token.js';
export { simulateClient, simulatedClients, type SimulatedClientName } from './simulators/simulate-client.js';
export type {
  ConnectOptions,
  RequestParameters,
  SimulatedClient,
  SimulatedConnection,
  SimulatedLogin,
} from './simulators/simulated-client.js';
