import { cloudTests } from '../routes/clouds.ts';

cloudTests('in workerd');
