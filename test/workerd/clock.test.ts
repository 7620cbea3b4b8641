import { clockTests } from '../shared/register-clock-tests.ts';

clockTests('in workerd');
