/** Made by the plugin in vite.config.ts from the library's source. */
declare module "virtual:library-reference" {
  /** A function that code of a network may call. */
  export interface LibraryFunction {
    readonly name: string;
    /** As they are written in TypeScript. */
    readonly parameters: string;
    readonly text: string;
    /** What is said of single parameters. */
    readonly options: readonly string[];
    readonly example: string;
  }
  export const functions: readonly LibraryFunction[];
}
