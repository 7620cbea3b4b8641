/** The relay.yaml of a deployment: what the template knows is written here, the destinations come from the parameter. */
import { call, choose, parameter, property, variable } from './expression.ts';
import { NAMES } from './parameters.ts';

const LINES: readonly string[] = [
  `cloud: ${variable('cloud')}`,
  `key_vault: ${variable('vaultUri')}`,
  'storage:',
  `  account: ${parameter('sourceAccountName')}`,
  'state:',
  `  account: ${variable('stateAccountName')}`,
  `  container: ${NAMES.state}`,
  `  dead_letter_container: ${NAMES.deadLetters}`,
  'queue:',
  `  name: ${NAMES.queue}`,
  `  queue_endpoint: https://${variable('stateAccountName')}.queue.${property(call('environment'), 'suffixes', 'storage')}`,
  'monitoring:',
  '  host: 0.0.0.0',
  `  port: ${NAMES.monitoringPort}`,
  `transforms_container: ${NAMES.rules}`,
];

/** With the endpoint: Event Grid's tokens open it, and no key has to be stored. */
const ENDPOINT_LINES: readonly string[] = [
  'server:',
  `  port: ${NAMES.port}`,
  '  entra:',
  `    tenant_id: ${property(call('subscription'), 'tenantId')}`,
  `    audience: ["${parameter('webhookApplicationId')}", "api://${parameter('webhookApplicationId')}"]`,
];

/** Otherwise the relay knows it by the cloud. */
const CLIENT_LINE = `    client_id: ${parameter('eventGridApplicationId')}`;

const file = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** The whole file, as text with expressions. */
export const RELAY_YAML = `${file(LINES)}${choose(variable('usesEndpoint'), `${file(ENDPOINT_LINES)}${choose(call('empty', parameter('eventGridApplicationId')), '', file([CLIENT_LINE]))}`, '')}${parameter('destinationsYaml')}\n`;
