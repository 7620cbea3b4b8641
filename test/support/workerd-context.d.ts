import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the Azurite that the tests in workerd share. */
    readonly connectionString: string;
    /** Where the tests in workerd ask for receivers. */
    readonly receivers: string;
    /** A stand-in for login.microsoftonline.com. */
    readonly entra: string;
  }
}
