import { clockTests } from '../shared/clock-contract.ts';

clockTests('in workerd');
