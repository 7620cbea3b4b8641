/** Ids of Entra ID in relay.yaml: tenants, applications, groups. */
import { z } from 'zod';

export const entraId = z
  .string()
  .regex(
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'an id of Entra ID such as "1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c"',
  );
