import { registerCloudTests } from '../routes/register-cloud-tests.ts';

registerCloudTests('in workerd');
