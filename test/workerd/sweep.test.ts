import { sweepFaultTests } from '../relay/discovery/sweep-faults.ts';

sweepFaultTests('in workerd');
