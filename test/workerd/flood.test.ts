import { registerFloodTests } from '../routes/register-flood-tests.ts';

registerFloodTests('in workerd');
