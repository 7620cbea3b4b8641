/** What Vite makes of an imported style sheet: a file that is loaded with the code that imports it. */
declare module '*.css';
