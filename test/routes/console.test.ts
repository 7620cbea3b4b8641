import { registerConsoleTests } from './register-console-tests.ts';

registerConsoleTests('on Node');
