import { floodTests } from './flood.ts';

floodTests('in Node');
