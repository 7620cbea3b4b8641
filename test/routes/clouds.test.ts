import { registerCloudTests } from './register-cloud-tests.ts';

registerCloudTests('in Node');
