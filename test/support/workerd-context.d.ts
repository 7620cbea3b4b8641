import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the Azurite that the tests in workerd share. */
    readonly connectionString: string;
    /** The same behind a proxy that counts, and where it tells its operations. */
    readonly counted: { readonly connectionString: string; readonly operations: string };
    /** Where the free database of the countries of IPv4 addresses lies. */
    readonly countries: string;
    /** Where the tests in workerd ask for receivers. */
    readonly receivers: string;
    /** A stand-in for login.microsoftonline.com. */
    readonly entra: string;
  }
}
