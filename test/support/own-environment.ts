/** Keeps what the machine is set up with from the tests: they speak to this machine alone, and say themselves what the product reads. */

const READ_BY_THE_PRODUCT = /^(?:(?:https?|all|no)_proxy|OTEL_\w+|AZURE_\w+|XDR_RELAY_LOG_LEVEL)$/i;

/** Removes from an environment what the relay and its packages would take for settings: proxies, identities, exporters of telemetry. */
export function removeSettings(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (READ_BY_THE_PRODUCT.test(name)) delete environment[name];
}
