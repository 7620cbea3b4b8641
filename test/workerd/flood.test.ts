import { floodTests } from '../routes/flood.ts';

floodTests('in workerd');
