// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of azd
/** What the Azure Developer CLI fills the template's parameters with: `main.parameters.json`, from the variables of its environment. */
import { PARAMETERS } from './parameters.ts';

/** Without a default in the template, azd asks; with one, the variable may be missing. */
export function azdParameters(): object {
  const entries = Object.entries(PARAMETERS)
    .filter(([, { type }]) => type === 'string' || type === 'int' || type === 'bool')
    .flatMap(([name, parameter]): (readonly [string, { readonly value: string }])[] => {
      if (name === 'location') return [[name, { value: '${AZURE_LOCATION}' }]];
      const variable = `XDR_RELAY_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
      if (!('default' in parameter)) return [[name, { value: `\${${variable}}` }]];
      const initial = parameter.default;
      if (typeof initial !== 'string' && typeof initial !== 'number' && typeof initial !== 'boolean')
        return [];
      return [[name, { value: `\${${variable}=${initial}}` }]];
    });
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#',
    contentVersion: '1.0.0.0',
    parameters: Object.fromEntries(entries),
  };
}
