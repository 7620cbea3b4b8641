// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** The keys of an entry that say as whom the relay signs in to Entra ID, for destinations of Azure. */
import { z } from 'zod';
import { secret } from '../shared/secret.ts';
import type { EntraEntry } from './entra-token.ts';

const filled = z.string().min(1).max(256);

/** @param role what the application needs there, such as `the role Storage Blob Data Contributor on the container`. @param variable the variable in the example. */
export function entraFields(role: string, variable: string) {
  return {
    tenant_id: filled
      .optional()
      .describe('The tenant to sign in to. Default: as the relay itself.')
      .meta({ examples: ['00000000-0000-0000-0000-000000000000'] }),
    client_id: filled
      .optional()
      .describe(`The application, or the managed identity, that has ${role}. Default: as the relay itself.`)
      .meta({ examples: ['11111111-1111-1111-1111-111111111111'] }),
    client_secret: secret(filled)
      .optional()
      .describe('The secret of the application. Needs `tenant_id` and `client_id`.')
      .meta({ examples: [`\${${variable}}`] }),
  };
}

/** Adds an issue where a secret stands without whose it is. */
export function checkEntra(
  { tenant_id, client_id, client_secret }: EntraEntry,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  if (client_secret === undefined || (client_id !== undefined && tenant_id !== undefined)) return;
  const message = 'left out, or have `tenant_id` and `client_id` beside it';
  context.addIssue({ code: 'custom', path: ['client_secret'], message });
}
