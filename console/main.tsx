/** The start of the console in the browser. */
import { render } from 'preact';
import { startRouter } from './shell/router.ts';
import { Shell } from './shell/shell.tsx';
import { startTheme } from './shell/theme.ts';

startTheme();
startRouter();
const root = document.getElementById('console');
if (root) render(<Shell />, root);
