import { clockTests } from './register-clock-tests.ts';

clockTests('in Node');
