import { inject } from 'vitest';
import { registerTokenTests } from '../routes/register-token-tests.ts';

registerTokenTests('in workerd', () => inject('entra'));
