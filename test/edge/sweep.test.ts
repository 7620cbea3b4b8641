import { sweepFaultTests } from '../relay/sweep-faults.ts';

sweepFaultTests('in workerd');
