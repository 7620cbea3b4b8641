/** The page Rules, which has a folder of its own. */
export { Page } from './rules/page.tsx';
