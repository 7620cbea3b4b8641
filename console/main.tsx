/** The start of the console in the browser. */
import { render } from 'preact';
import { letGoOfOldDrawings } from './old-drawings.ts';
import { startRouter } from './shell/router.ts';
import { Shell } from './shell/shell.tsx';
import { startTheme } from './shell/theme.ts';

letGoOfOldDrawings();
startTheme();
startRouter();
const root = document.getElementById('console');
if (root) render(<Shell />, root);
