import { cloudTests } from './clouds.ts';

cloudTests('in Node');
