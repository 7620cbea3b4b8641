import { registerFloodTests } from './register-flood-tests.ts';

registerFloodTests('in Node');
