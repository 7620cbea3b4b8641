/**
 * What is used of undici. A module of its own, so that undici is loaded with the first request: in the bundled command, an `import()` of
 * the package itself would have no names, as it is CommonJS.
 */
export { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
