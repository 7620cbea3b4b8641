import { clockTests } from './clock-contract.ts';

clockTests('in Node');
