/** The version of xdr-relay, generated from package.json by `npm run generate`: a Worker would carry the whole file. */

export const VERSION: string = '0.1.0';
