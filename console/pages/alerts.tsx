/** The page Alerts, which has a folder of its own. */
export { Page } from './alerts/page.tsx';
