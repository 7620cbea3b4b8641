import { registerSweepFaultTests } from '../relay/discovery/register-sweep-fault-tests.ts';

registerSweepFaultTests('in workerd');
